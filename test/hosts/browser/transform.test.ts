import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitted, panned, resized, toDocument, toView, zoomed } from "../../../panel/viewport/transform.js";

const extent = fc.record({ width: fc.integer({ min: 1, max: 20_000 }), height: fc.integer({ min: 1, max: 20_000 }) });
const view = fc.record({ width: fc.integer({ min: 200, max: 4000 }), height: fc.integer({ min: 200, max: 4000 }) });

describe("the view's transform", () => {
  test("fits the whole document into the middle of the view", () => {
    fc.assert(
      fc.property(extent, view, (document, frame) => {
        const transform = fitted(document, frame);
        const start = toView(transform, 0, 0);
        const end = toView(transform, document.width, document.height);
        expect(start.x).toBeGreaterThanOrEqual(0);
        expect(start.y).toBeGreaterThanOrEqual(0);
        expect(start.x + end.x).toBeCloseTo(frame.width, 6);
        expect(start.y + end.y).toBeCloseTo(frame.height, 6);
      }),
    );
  });

  test("zooming keeps the document pixel under the pointer where it is", () => {
    const inside = fc.double({ min: 0.2, max: 0.8, noNaN: true });
    fc.assert(
      fc.property(
        extent,
        view,
        inside,
        inside,
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        (document, frame, u, v, factor) => {
          const before = fitted(document, frame);
          const at = toView(before, document.width * u, document.height * v);
          const after = zoomed(before, factor, at.x, at.y, document, frame);
          const now = toDocument(after, at.x, at.y);
          expect(now.x).toBeCloseTo(document.width * u, 4);
          expect(now.y).toBeCloseTo(document.height * v, 4);
        },
      ),
    );
  });

  test("never loses the document out of sight, nor zooms without end", () => {
    const step = fc.record({
      dx: fc.integer({ min: -9000, max: 9000 }),
      dy: fc.integer({ min: -9000, max: 9000 }),
      factor: fc.double({ min: 0.01, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(extent, view, fc.array(step, { maxLength: 8 }), (document, frame, steps) => {
        let transform = fitted(document, frame);
        for (const { dx, dy, factor } of steps) {
          transform = zoomed(panned(transform, dx, dy, document, frame), factor, 50, 50, document, frame);
        }
        const end = toView(transform, document.width, document.height);
        expect(transform.scale).toBeLessThanOrEqual(32);
        expect(transform.x).toBeLessThan(frame.width);
        expect(transform.y).toBeLessThan(frame.height);
        expect(end.x).toBeGreaterThan(0);
        expect(end.y).toBeGreaterThan(0);
      }),
    );
  });

  test("a view of another size keeps its middle", () => {
    const before = { scale: 2, x: -100, y: 40 };
    const after = resized(before, { width: 800, height: 600 }, { width: 500, height: 700 });
    expect(toDocument(after, 250, 350)).toEqual(toDocument(before, 400, 300));
  });
});
