import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Layer } from "../../../hosts/browser/src/document/model.js";
import { readPsd, writePsd } from "../../../hosts/browser/src/psd/index.js";
import { checkLayers } from "../../../hosts/browser/src/psd/psdLimits.js";
import { documentState, groupLayer, noise, noiseMask, pixelLayer } from "./states.js";

/** A layered file with a group, a mask and two alpha channels. */
const FILE = writePsd({
  ...documentState(32, 24),
  channels: [1, 2].map((id) => ({ id, name: `Matte ${id}`, coverage: noiseMask(3, 4, 20, 15, id) })),
});

/** What a user is told, or undefined if the file opens. */
function toldOf(bytes: Uint8Array): string | undefined {
  try {
    readPsd(bytes, "a.psd");
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: "MasksmithError", kind: "input" });
    return (error as Error).message;
  }
}

/** Words of the JavaScript engine and of parsers, which say nothing to a user. */
const NO_WORDS = /array|stack|offset|bounds|undefined|0x|signature|unexpected/i;

describe("a hostile PSD", () => {
  test("cut anywhere is told of in words", () => {
    for (let length = 0; length < FILE.length; length += 97) {
      const told = toldOf(FILE.slice(0, length));
      expect(told, `${length}`).toMatch(/“a.psd” (can't be opened: the file is damaged or cut off|is incomplete)/);
    }
  });

  test("cut in its alpha channels is told of in words", () => {
    expect(toldOf(FILE.slice(0, FILE.length - 100))).toBe("“a.psd” can't be opened: the file is damaged or cut off");
  });

  test("with any bytes changed opens or is told of in words", () => {
    const change = fc.record({ at: fc.nat(FILE.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = FILE.slice();
        for (const { at, to } of changes) bytes[at] = to;
        const told = toldOf(bytes);
        if (told !== undefined) expect(told).not.toMatch(NO_WORDS);
      }),
      { numRuns: 150 },
    );
  });

  test("with groups nested thousands deep is told of in words", () => {
    const deep = (levels: number) => {
      let layers: Layer[] = [pixelLayer(1, { width: 2, height: 2, pixels: noise(2, 2, 1, true) })];
      for (let i = 2; i < levels + 2; i++) layers = [groupLayer(i, layers)];
      return writePsd(documentState(8, 8, layers));
    };
    expect(toldOf(deep(150))).toBe("“a.psd” has groups nested more than 100 deep");
    expect(toldOf(deep(20))).toBeUndefined();
  });

  test("with more layers than Photoshop allows is refused before they are read", () => {
    const bytes = FILE.slice();
    const view = new DataView(bytes.buffer);
    let at = 26;
    for (let section = 0; section < 2; section++) at += 4 + view.getUint32(at);
    view.setInt16(at + 8, 30_000);
    expect(toldOf(bytes)).toBe("“a.psd” has 30000 layers; the limit is 8000");
    const layers = Array.from({ length: 4_000 }, () => ({}));
    const many = [{ children: layers }, { children: layers }];
    expect(() => checkLayers(many, "b.psd")).toThrow("“b.psd” has 8002 layers; the limit is 8000");
    expect(() => checkLayers(layers, "b.psd")).not.toThrow();
  });

  test("with forty large alpha channels is refused before they are read", () => {
    const bytes = FILE.slice();
    const view = new DataView(bytes.buffer);
    view.setUint16(12, 43);
    view.setUint32(14, 20_000);
    view.setUint32(18, 20_000);
    expect(toldOf(bytes)).toBe(
      "“a.psd” has 40 alpha channels; the limit at its size (20000 x 20000, 400 megapixels) is 10",
    );
  });

  test("without layers is refused at the size that other pictures are", () => {
    const flat = new Uint8Array(26 + 12 + 2);
    flat.set(FILE.subarray(0, 26));
    const view = new DataView(flat.buffer);
    view.setUint32(14, 20_000);
    view.setUint32(18, 20_000);
    expect(toldOf(flat)).toMatch(
      /^“a.psd” is too large \(20000 x 20000, 400 megapixels\); the limit without layers is 268/,
    );
  });

  test("of a color mode that is not supported says so", () => {
    const bytes = FILE.slice();
    new DataView(bytes.buffer).setUint16(24, 9);
    expect(toldOf(bytes)).toBe("“a.psd” can't be opened: its color mode (lab) is not supported");
  });

  test("tells how far it is", () => {
    const seen: number[] = [];
    readPsd(FILE.slice(), "a.psd", (fraction) => seen.push(fraction));
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(2);
  });
});
