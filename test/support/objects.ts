import fc from "fast-check";
import { encodeRle, rleArea, rleBox } from "../../core/mask/index.js";
import type { ObjectMask } from "../../core/types.js";

/** An object mask from a predicate on pixels. */
export function objectOf(
  id: number,
  width: number,
  height: number,
  inside: (x: number, y: number) => boolean,
  more: Partial<ObjectMask> = {},
): ObjectMask {
  const bytes = Uint8Array.from({ length: width * height }, (_, i) =>
    inside(i % width, Math.floor(i / width)) ? 1 : 0,
  );
  const mask = encodeRle(bytes, width, height);
  const scores = { predictedIou: 0.9, stabilityScore: 0.96 };
  const origin = { point: { x: 0.5, y: 0.5 }, cropBox: [0, 0, width, height] as const };
  return { id, mask, area: rleArea(mask), bbox: rleBox(mask), ...scores, ...origin, ...more };
}

/** A filled rectangle. */
export function rectangle(
  id: number,
  [width, height]: readonly [number, number],
  [x0, y0, across, down]: readonly [number, number, number, number],
  more: Partial<ObjectMask> = {},
): ObjectMask {
  return objectOf(id, width, height, (x, y) => x >= x0 && x < x0 + across && y >= y0 && y < y0 + down, more);
}

/** Pictures of up to 24x24 pixels with rectangles, discs and speckles that overlap, touch borders, repeat or are empty. */
export const scenes = fc
  .tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }))
  .chain(([width, height]) => {
    const coordinate = fc.integer({ min: -6, max: 28 });
    const shape = fc.tuple(fc.constantFrom("box", "disc", "speckle"), coordinate, coordinate, fc.nat(20), fc.nat(20));
    return fc.array(shape, { maxLength: 14 }).map((shapes) => ({
      width,
      height,
      masks: shapes.map(([kind, x0, y0, a, b], id) =>
        objectOf(id, width, height, (x, y) => {
          if (kind === "box") return x >= x0 && x < x0 + a && y >= y0 && y < y0 + b;
          if (kind === "disc") return Math.hypot(x - x0, y - y0) < a;
          return (x * 7 + y * 13 + x0) % (a + 2) === 0;
        }),
      ),
    }));
  });
