import sharp from "sharp";
import { pictureState } from "../../hosts/browser/src/document/newDocument.js";
import { readPsd, writePsd } from "../../hosts/browser/src/psd/index.js";
import { fixture } from "../browser/support/panel.js";
import { Simulator } from "./simulator/simulator.js";
import { WORST } from "./simulator/variants.js";

export const W = 600;
export const H = 400;
/** The middle of the cup of "coffee". */
export const CUP = [300, 190] as const;

/** The opened PSD of the fixture, opaque, in a layer of its own. */
export async function photograph() {
  const { data } = await sharp(fixture("coffee.png")).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const state = pictureState(W, H, Uint8ClampedArray.from(data), false);
  return readPsd(writePsd(state), "coffee.psd").state;
}

/** As some versions dress messages, both ways. */
export function worstSimulator(): Simulator {
  return new Simulator({ bridge: { ...WORST.bridge, key: "message", form: "object", envelope: true } });
}
