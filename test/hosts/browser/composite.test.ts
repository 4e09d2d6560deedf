import { cropSoft, type Rect } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { composite } from "../../../hosts/browser/src/document/composite.js";
import type { Layer } from "../../../hosts/browser/src/document/model.js";
import { groupLayer, noise, noiseMask, pixelLayer } from "./states.js";

const WIDTH = 23;
const HEIGHT = 17;
const ALL = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

function shown(layers: readonly Layer[], region: Rect = ALL): Uint8ClampedArray {
  const out = new Uint8ClampedArray(region.width * region.height * 4);
  composite({ layers }, region, out);
  return out;
}

/** One pixel as floats 0..1, premultiplied. */
type Premultiplied = [r: number, g: number, b: number, alpha: number];

/** Reference: normal blending of premultiplied floats, pixel by pixel, straight from Porter and Duff's "over". */
function reference(layers: readonly Layer[], x: number, y: number, below: Premultiplied): Premultiplied {
  return layers.reduce((under, layer) => {
    if (!layer.visible) return under;
    const mask = layer.mask?.enabled ? cropSoft(layer.mask, { x, y, width: 1, height: 1 }).data[0] / 255 : 1;
    const share = mask * layer.opacity;
    if (layer.kind === "group") {
      if (layer.blendMode !== "pass through")
        return over(scaled(reference(layer.children, x, y, [0, 0, 0, 0]), share), under);
      const through = reference(layer.children, x, y, under);
      return under.map((value, i) => value * (1 - share) + through[i] * share) as Premultiplied;
    }
    const at = ((y - layer.y) * layer.width + x - layer.x) * 4;
    const inside = x >= layer.x && y >= layer.y && x < layer.x + layer.width && y < layer.y + layer.height;
    if (!inside) return under;
    const [r, g, b, a] = layer.pixels.subarray(at, at + 4);
    const alpha = a / 255;
    return over(scaled([(r / 255) * alpha, (g / 255) * alpha, (b / 255) * alpha, alpha], share), under);
  }, below);
}

function scaled(pixel: Premultiplied, factor: number): Premultiplied {
  return pixel.map((value) => value * factor) as Premultiplied;
}

function over(above: Premultiplied, below: Premultiplied): Premultiplied {
  return above.map((value, i) => value + below[i] * (1 - above[3])) as Premultiplied;
}

/** Largest difference from the reference of premultiplied values, in 255ths: what the eye sees on any ground. */
function worst(layers: readonly Layer[]): number {
  const out = shown(layers);
  let most = 0;
  for (let y = 0, o = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, o += 4) {
      const expected = reference(layers, x, y, [0, 0, 0, 0]);
      const alpha = out[o + 3] / 255;
      for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs(expected[c] * 255 - out[o + c] * alpha));
      most = Math.max(most, Math.abs(expected[3] * 255 - out[o + 3]));
    }
  }
  return most;
}

const opaque = pixelLayer(1, { width: WIDTH, height: HEIGHT, pixels: noise(WIDTH, HEIGHT, 1, true) });
const soft = pixelLayer(2, { x: -3, y: 4, width: 20, height: 20, pixels: noise(20, 20, 2, false) });
const masked = {
  ...pixelLayer(3, { x: 5, y: -2, width: 30, height: 12, pixels: noise(30, 12, 3, false) }),
  opacity: 0.6,
  mask: { ...noiseMask(7, 1, 8, 6, 4), outside: 255 as const, enabled: true },
};

describe("composite", () => {
  test("shows an opaque layer byte for byte", () => {
    expect(shown([opaque])).toEqual(opaque.pixels);
  });

  test("shows soft pixels, masks and opacity as the formula says, to rounding", () => {
    expect(worst([opaque, soft, masked])).toBeLessThan(2);
    expect(worst([soft, masked])).toBeLessThan(2);
  });

  test("ignores a disabled mask and a hidden layer", () => {
    const disabled = { ...masked, mask: { ...masked.mask, enabled: false } };
    expect(shown([opaque, disabled])).toEqual(shown([opaque, { ...masked, mask: null }]));
    expect(shown([opaque, { ...soft, visible: false }])).toEqual(opaque.pixels);
  });

  test("blends groups as a whole, or passes their members through, under mask and opacity", () => {
    const mask = { ...noiseMask(2, 2, 15, 12, 9), outside: 0 as const, enabled: true };
    for (const blendMode of ["normal", "pass through"]) {
      const group = groupLayer(9, [soft, masked], { opacity: 0.7, mask, blendMode });
      expect(worst([opaque, group]), blendMode).toBeLessThan(3);
      expect(worst([soft, group]), blendMode).toBeLessThan(3);
    }
  });

  test("a group without effect of its own is as if its members stood in its place", () => {
    expect(shown([opaque, groupLayer(9, [soft, masked])])).toEqual(shown([opaque, soft, masked]));
  });

  test("clipped layers show only on what lies below them", () => {
    const base = { ...soft, id: 4 };
    const out = shown([base, { ...opaque, id: 5, clipped: true }]);
    const alone = shown([base]);
    for (let i = 0; i < out.length; i += 4) {
      expect(out[i + 3]).toBe(alone[i + 3]);
      if (alone[i + 3] > 0) expect([...out.subarray(i, i + 3)]).toEqual([...opaque.pixels.subarray(i, i + 3)]);
    }
  });

  test("multiplies and screens as their names say", () => {
    const below = pixelLayer(1, { width: 1, height: 1, pixels: new Uint8ClampedArray([200, 100, 50, 255]) });
    const above = pixelLayer(2, { width: 1, height: 1, pixels: new Uint8ClampedArray([128, 255, 0, 255]) });
    const one = { x: 0, y: 0, width: 1, height: 1 };
    expect([...shown([below, { ...above, blendMode: "multiply" }], one)]).toEqual([100, 100, 0, 255]);
    expect([...shown([below, { ...above, blendMode: "screen" }], one)]).toEqual([228, 255, 50, 255]);
  });

  test("gives the same pixels for any region as for the whole", () => {
    const layers = [soft, groupLayer(9, [opaque, masked], { opacity: 0.5, blendMode: "normal" })];
    const whole = shown(layers);
    const part = { x: 4, y: 3, width: 11, height: 9 };
    const out = shown(layers, part);
    for (let y = 0; y < part.height; y++) {
      const start = ((part.y + y) * WIDTH + part.x) * 4;
      const row = out.subarray(y * part.width * 4, (y + 1) * part.width * 4);
      expect(row).toEqual(whole.subarray(start, start + part.width * 4));
    }
  });
});
