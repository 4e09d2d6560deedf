import { writePsdUint8Array } from "ag-psd";
import { readPsd } from "../../../hosts/browser/src/psd/readPsd.js";
import { damaged } from "../chance.js";
import type { Attack } from "./attack.js";

const side = 12;
const data = new Uint8ClampedArray(side * side * 4).map((_, i) => (i * 7) % 256);
const imageData = { width: side, height: side, data };
const mask = { left: 2, top: 2, right: 2 + side, bottom: 2 + side, defaultColor: 0, imageData };
const FILE = writePsdUint8Array(
  {
    width: 24,
    height: 20,
    imageData: { width: 24, height: 20, data: new Uint8ClampedArray(24 * 20 * 4).fill(200) },
    children: [
      { name: "Below", imageData },
      { name: "Group", children: [{ name: "Inside", left: 3, top: 3, imageData, mask }] },
    ],
  },
  { noBackground: true },
);

function withHeader(channels: number, width: number, height: number): Uint8Array {
  const bytes = FILE.slice();
  const view = new DataView(bytes.buffer);
  view.setUint16(12, channels);
  view.setUint32(14, height);
  view.setUint32(18, width);
  return bytes;
}

export const psds: Attack = {
  name: "Photoshop files",
  weight: 12,
  attempt: (chance) => {
    const bytes = damaged(FILE, chance);
    const view = new DataView(bytes.buffer);
    // Up to a gigabyte is read by design, and would take this run's time.
    if (bytes.length > 26 && view.getUint32(14) * view.getUint32(18) > 2 ** 24) view.setUint32(14, 20);
    readPsd(bytes, "a.psd");
  },
  finds: {
    "43 channels of 20000 x 20000": () => void readPsd(withHeader(43, 20_000, 20_000), "a.psd"),
    "cut in its pixels": () => void readPsd(FILE.slice(0, FILE.length - 60), "a.psd"),
  },
};
