import { resizedSize } from "../../core/encode/resize.js";
import { box, size } from "../../core/frames.js";
import type { LowResLogits, Placement } from "../../core/types.js";

/** A term of smooth logits: amplitude * cos(2 pi (fx x + fy y) / side + phase). */
export type Wave = readonly [amplitude: number, fx: number, fy: number, phase: number];

/** A document that is embedded whole: region and image are the document, content follows the original's rounding. */
export function wholePlacement(width: number, height: number, input = 1024): Placement {
  const content = resizedSize(width, height, input);
  return {
    document: size("document", width, height),
    region: box("document", 0, 0, width, height),
    image: size("image", width, height),
    content: size("model", content.width, content.height),
    input,
  };
}

/** The sum of waves on a square low-res grid; test/fixtures/masks/make_fixtures.py computes the same. */
export function waveLogits(terms: readonly Wave[], side = 256): LowResLogits {
  return fillLogits(side, side, (x, y) =>
    terms.reduce((sum, [a, fx, fy, phase]) => sum + a * Math.cos((2 * Math.PI * (fx * x + fy * y)) / side + phase), 0),
  );
}

/**
 * A disc in the middle of the content that covers `share` of it (0..1, below about 0.5 it is a full disc), with logits
 * falling by `steepness` a low-res cell and cut to +/- 20, as the decoder's look around a clear object.
 */
export function discLogits(placement: Placement, share: number, side = 256, steepness = 5): LowResLogits {
  const scale = side / placement.input;
  const width = placement.content.width * scale;
  const height = placement.content.height * scale;
  const radius = Math.sqrt((share * width * height) / Math.PI);
  return fillLogits(side, side, (x, y) => {
    const distance = radius - Math.hypot(x + 0.5 - width / 2, y + 0.5 - height / 2);
    return Math.max(-20, Math.min(20, distance * steepness));
  });
}

export function fillLogits(width: number, height: number, value: (x: number, y: number) => number): LowResLogits {
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) data[i] = value(x, y);
  return { width, height, data };
}
