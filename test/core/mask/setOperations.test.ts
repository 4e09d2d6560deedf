import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../../core/errors.js";
import { rleFromCoco, rleToCoco } from "../../../core/mask/coco.js";
import { decodeRle } from "../../../core/mask/rle.js";
import {
  rleContainment,
  rleIntersect,
  rleInvert,
  rleIou,
  rleSubtract,
  rleUnion,
} from "../../../core/mask/setOperations.js";
import { fixture } from "../../support/bytes.js";
import { anyPair, drawn, rleOf } from "../../support/masks.js";

interface Pair {
  readonly size: readonly [number, number];
  readonly a: string;
  readonly b: string;
  readonly iou: number;
  readonly containment: number;
  readonly union: string;
  readonly intersection: string;
}

describe("operations on run lengths", () => {
  const { pairs } = fixture<{ pairs: Pair[] }>("masks/rle.json");

  test.each(pairs)("equal pycocotools on $size", ({ size, iou, containment, union, intersection, ...coded }) => {
    const a = rleFromCoco({ size, counts: coded.a });
    const b = rleFromCoco({ size, counts: coded.b });
    expect(rleIou(a, b)).toBeCloseTo(iou, 12);
    expect(rleContainment(a, b)).toBeCloseTo(containment, 12);
    expect(rleToCoco(rleUnion(a, b)).counts).toBe(union);
    expect(rleToCoco(rleIntersect(a, b)).counts).toBe(intersection);
  });

  test("equal the same operations on the pixels", () => {
    fc.assert(
      fc.property(anyPair, ([a, b]) => {
        const on = (test: (inA: boolean, inB: boolean) => boolean) =>
          a.bytes.map((value, i) => (test(value === 1, b.bytes[i] === 1) ? 1 : 0));
        const count = (bytes: Uint8Array) => bytes.reduce((x, y) => x + y, 0);
        const [x, y] = [rleOf(a), rleOf(b)];
        const both = on((p, q) => p && q);
        const either = on((p, q) => p || q);
        expect(rleIntersect(x, y)).toEqual(rleOf({ ...a, bytes: both }));
        expect(rleUnion(x, y)).toEqual(rleOf({ ...a, bytes: either }));
        expect(rleSubtract(x, y)).toEqual(rleOf({ ...a, bytes: on((p, q) => p && !q) }));
        expect(rleInvert(x)).toEqual(rleOf({ ...a, bytes: on((p) => !p) }));
        expect(rleIou(x, y)).toBe(count(either) > 0 ? count(both) / count(either) : 0);
        expect(rleContainment(x, y)).toBe(count(a.bytes) > 0 ? count(both) / count(a.bytes) : 0);
      }),
    );
  });

  test("leave their arguments as they were", () => {
    const [a, b] = [drawn("##", ".#"), drawn("#.", "##")];
    rleUnion(a, b);
    rleInvert(a);
    expect([...decodeRle(a), ...decodeRle(b)]).toEqual([1, 1, 0, 1, 1, 0, 1, 1]);
  });

  test("refuse masks of different size", () => {
    expect(() => rleIou(drawn("##"), drawn("#", "#"))).toThrow(MasksmithError);
  });
});
