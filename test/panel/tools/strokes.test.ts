import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { brushPrompts, lassoPrompts } from "../../../panel/tools/strokes.js";

const circle = (cx: number, cy: number, r: number, n = 60) =>
  Array.from({ length: n }, (_, i) => ({
    x: cx + r * Math.cos((2 * Math.PI * i) / n),
    y: cy + r * Math.sin((2 * Math.PI * i) / n),
  }));

describe("lasso", () => {
  test("a circle gives its box and at most three points deep inside", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 50, max: 5000, noNaN: true }),
        fc.double({ min: 50, max: 5000, noNaN: true }),
        fc.double({ min: 2, max: 2000, noNaN: true }),
        (cx, cy, r) => {
          const act = lassoPrompts(circle(cx, cy, r), true)!;
          expect(act.points.length).toBeGreaterThan(0);
          expect(act.points.length).toBeLessThanOrEqual(3);
          for (const { x, y } of act.points) expect(Math.hypot(x - cx, y - cy)).toBeLessThan(0.6 * r);
          expect(act.box!.x0).toBeCloseTo(cx - r, 0);
          expect(act.box!.x1).toBeCloseTo(cx + r, 0);
        },
      ),
    );
  });

  test("points of a ring-like outline lie in its body, not in the bay", () => {
    const outer = circle(100, 100, 100).slice(0, 50);
    const inner = circle(100, 100, 55).slice(0, 50).reverse();
    for (const { x, y } of lassoPrompts([...outer, ...inner], true)!.points) {
      const r = Math.hypot(x - 100, y - 100);
      expect(r).toBeGreaterThan(58);
      expect(r).toBeLessThan(97);
    }
  });

  test("what encloses nothing is no prompt, and taking away says no extent", () => {
    expect(lassoPrompts([], true)).toBeNull();
    expect(
      lassoPrompts(
        [
          { x: 1, y: 1 },
          { x: 9, y: 9 },
        ],
        true,
      ),
    ).toBeNull();
    expect(lassoPrompts(Array(20).fill({ x: 3, y: 3 }), true)).toBeNull();
    expect(lassoPrompts(circle(50, 50, 20), false)!.box).toBeNull();
  });
});

describe("brush", () => {
  test("a line gives a few points on it and no box", () => {
    const line = Array.from({ length: 100 }, (_, i) => ({ x: 10 + i * 3, y: 40 }));
    const act = brushPrompts(line, 12, true)!;
    expect(act.points).toHaveLength(3);
    expect(act.box).toBeNull();
    for (const { x, y } of act.points) {
      expect(y).toBe(40);
      expect(x).toBeGreaterThan(10);
      expect(x).toBeLessThan(307);
    }
  });

  test("a dab is one point; painting over an area says its extent", () => {
    expect(brushPrompts([{ x: 5, y: 6 }], 20, true)).toMatchObject({ points: [{ x: 5, y: 6 }], box: null });
    const zigzag = Array.from({ length: 12 }, (_, i) => ({ x: i % 2 ? 100 : 0, y: i * 10 }));
    expect(brushPrompts(zigzag, 20, true)!.box).toEqual({ x0: -10, y0: -10, x1: 110, y1: 120 });
    expect(brushPrompts(zigzag, 20, false)!.box).toBeNull();
  });
});
