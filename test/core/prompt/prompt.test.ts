import { box, type Placement, point, size, validatePrompt } from "@masksmith/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentToModel, imageToDocument, makePlacement, modelToDocument } from "../../../core/prompt/transform.js";

const sides = fc.integer({ min: 1, max: 50_000 });
const shares = fc.double({ min: 0, max: 1, noNaN: true });

function placementOf(width: number, height: number, region?: readonly [number, number, number, number]): Placement {
  const scale = 1024 / Math.max(width, height);
  const content = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  return makePlacement({ width, height }, content, 1024, {
    ...(region ? { document: size("document", 60_000, 60_000), region: box("document", ...region) } : {}),
  });
}

describe("frames", () => {
  test("go from document to model and back without loss", () => {
    fc.assert(
      fc.property(sides, sides, shares, shares, (width, height, u, v) => {
        const placement = placementOf(width, height);
        const at = point("document", u * width, v * height);
        const back = modelToDocument(documentToModel(at, placement), placement);
        expect(back.x).toBeCloseTo(at.x, 6);
        expect(back.y).toBeCloseTo(at.y, 6);
      }),
    );
  });

  test("put a region's corners on the content's corners, wherever the region lies", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 9000 }), sides, sides, (x, y, w, h) => {
        const placement = placementOf(w, h, [x, y, x + w, y + h]);
        const corner = documentToModel(point("document", x + w, y + h), placement);
        expect(corner.x).toBeCloseTo(placement.content.width, 6);
        expect(corner.y).toBeCloseTo(placement.content.height, 6);
      }),
    );
  });

  test("scale image points to the region the image shows", () => {
    const content = { width: 1024, height: 683 };
    const placement = makePlacement({ width: 300, height: 200 }, content, 1024, {
      document: size("document", 6000, 4000),
      region: box("document", 600, 400, 6000, 4000),
    });
    expect(imageToDocument({ x: 0, y: 0 } as never, placement)).toMatchObject({ x: 600, y: 400 });
    expect(imageToDocument({ x: 300, y: 200 } as never, placement)).toMatchObject({ x: 6000, y: 4000 });
  });

  test("are types of their own", () => {
    const placement = placementOf(100, 100);
    // @ts-expect-error a model point is not a document point
    documentToModel(point("model", 1, 1), placement);
    // @ts-expect-error a bare object has no frame
    documentToModel({ x: 1, y: 1 }, placement);
  });

  test.each([
    ["beyond the document", [0, 0, 101, 50]],
    ["empty", [10, 10, 10, 20]],
    ["of broken pixels", [0, 0, 50.5, 50]],
  ])("refuse a region %s", (_, region) => {
    const make = () =>
      makePlacement({ width: 10, height: 10 }, { width: 1024, height: 1024 }, 1024, {
        document: size("document", 100, 100),
        region: box("document", ...(region as [number, number, number, number])),
      });
    expect(make).toThrow(/region must be whole pixels inside the document of 100x100/);
  });
});

describe("prompt checks", () => {
  const document = size("document", 640, 480);

  test.each([
    ["nothing", () => ({}), /prompt must be at least one point/],
    ["an empty list of points", () => ({ foreground: [] }), /prompt must be/],
    ["a point outside", () => ({ foreground: [point("document", 641, 5)] }), /point must be inside .*640x480.*641,5/],
    ["a background point outside", () => ({ background: [point("document", 5, -1)] }), /5,-1/],
    ["NaN", () => ({ foreground: [point("document", Number.NaN, 1)] }), /point x must be a finite number, got NaN/],
    ["a box inside out", () => ({ box: box("document", 50, 10, 20, 40) }), /x0 <= x1/],
    ["an empty box", () => ({ box: box("document", 10, 10, 10, 40) }), /box with an area/],
    ["a box wholly outside", () => ({ box: box("document", 700, 10, 800, 40) }), /overlaps the picture/],
    [
      "a mask of another size",
      () => ({ mask: { size: [10, 10] as const, counts: Uint32Array.of(100) } }),
      /mask must be 640x480/,
    ],
  ])("refuse %s", (_, prompt, words) => {
    expect(() => validatePrompt(prompt(), document)).toThrow(words);
  });

  test("take a box that reaches over the border", () => {
    expect(() => validatePrompt({ box: box("document", -10, -10, 30, 30) }, document)).not.toThrow();
  });
});
