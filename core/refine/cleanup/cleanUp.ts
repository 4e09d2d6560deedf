import { invalid } from "../../errors.js";
import { padSoft, softWithoutSmall, trimSoft } from "../../mask/index.js";
import type { SoftMask } from "../../types.js";
import { blur } from "./blur.js";
import { shiftEdge } from "./shift.js";

type Document = { readonly width: number; readonly height: number };

/** How a mask is tidied up; lengths in document pixels. What is 0 does nothing. */
export interface CleanUpSettings {
  /** Separate parts of fewer pixels go; the largest always stays. */
  readonly islands: number;
  /** Holes of fewer pixels are filled. */
  readonly holes: number;
  /** Radius over which bumps and dents of the edge are evened out, its softness kept. */
  readonly smooth: number;
  /** Moves the edge outwards, or inwards where negative. */
  readonly shift: number;
  /** Standard deviation of the blur that softens the edge. */
  readonly feather: number;
  /** 0..100: hardens the edge. */
  readonly contrast: number;
}

/** Settings that leave a mask as it is. */
export const NO_CLEAN_UP: CleanUpSettings = { islands: 0, holes: 0, smooth: 0, shift: 0, feather: 0, contrast: 0 };

/** Most that a length may be. */
const MAX_LENGTH = 1000;

/** Full contrast leaves a ramp of this many levels of coverage. */
const LEAST_RAMP = 2;

/**
 * Tidies a mask up, in the order of the settings. The same mask and settings always give the same, so that a preview can be
 * redone from the mask as it was.
 * @throws MasksmithError `input` if a setting is out of range.
 */
export function cleanUp(soft: SoftMask, settings: Partial<CleanUpSettings>, document: Document): SoftMask {
  const { islands, holes, smooth, shift, feather, contrast } = checked({ ...NO_CLEAN_UP, ...settings });
  let mask = soft;
  if (islands > 0) mask = softWithoutSmall(mask, islands, "islands", document);
  if (holes > 0) mask = softWithoutSmall(mask, holes, "holes", document);
  if (smooth > 0) mask = smoothed(mask, smooth, document);
  if (shift !== 0) mask = shiftEdge(mask, shift, document);
  if (feather > 0) mask = feathered(mask, feather, document);
  if (contrast > 0) mask = steepened(mask, 127.5 / Math.max(LEAST_RAMP, 127.5 * (1 - contrast / 100)));
  return trimSoft(mask);
}

function checked(settings: CleanUpSettings): CleanUpSettings {
  const { islands, holes, smooth, shift, feather, contrast } = settings;
  for (const [name, value] of Object.entries({ islands, holes }))
    if (!(value >= 0)) throw invalid(name, "a number of pixels, 0 or more", value);
  for (const [name, value] of Object.entries({ smooth, feather }))
    if (!(value >= 0 && value <= MAX_LENGTH)) throw invalid(name, `0 to ${MAX_LENGTH} pixels`, value);
  if (!(Math.abs(shift) <= MAX_LENGTH)) throw invalid("shift", `-${MAX_LENGTH} to ${MAX_LENGTH} pixels`, shift);
  if (!(contrast >= 0 && contrast <= 100)) throw invalid("contrast", "0 to 100", contrast);
  return settings;
}

/** Evens the edge out: blurred, then made as steep again as a blurred straight edge must be to be as it was. */
function smoothed(soft: SoftMask, radius: number, document: Document): SoftMask {
  const sigma = radius / 2;
  const blurred = feathered(soft, sigma, document);
  // A straight one-pixel edge blurred by sigma has slope 1 / (sigma sqrt(2 pi)) a pixel at its middle.
  return steepened(blurred, Math.max(1, sigma * Math.sqrt(2 * Math.PI)));
}

function feathered(soft: SoftMask, sigma: number, document: Document): SoftMask {
  if (soft.width === 0) return soft;
  const wide = padSoft(soft, Math.ceil(3 * sigma) + 1, document);
  const plane = Float32Array.from(wide.data);
  blur(plane, wide.width, wide.height, sigma);
  return { ...wide, data: Uint8Array.from(plane, (value) => value + 0.5) };
}

/** Multiplies the distance of each coverage from a half. */
function steepened(soft: SoftMask, factor: number): SoftMask {
  const level = (value: number) => Math.max(0, Math.min(255, Math.round(127.5 + (value - 127.5) * factor)));
  const levels = Uint8Array.from({ length: 256 }, (_, value) => level(value));
  return { ...soft, data: soft.data.map((value) => levels[value]) };
}
