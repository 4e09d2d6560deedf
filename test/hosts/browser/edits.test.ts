import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { selectChannel, selectMask } from "../../../hosts/browser/src/document/edits.js";
import type { LayerMask } from "../../../hosts/browser/src/document/index.js";
import { documentState, groupLayer, noise, noiseMask, pixelLayer } from "./states.js";

const [WIDTH, HEIGHT] = [9, 7];

const mask: fc.Arbitrary<LayerMask> = fc
  .record({
    x: fc.integer({ min: -4, max: 8 }),
    y: fc.integer({ min: -4, max: 8 }),
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 9 }),
    outside: fc.constantFrom(0 as const, 255 as const),
    enabled: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ x, y, width, height, seed, ...rest }) => ({ ...noiseMask(x, y, width, height, seed), ...rest }));

describe("loading a selection", () => {
  test("takes a layer mask's values on every pixel of the canvas, of a group's too, and leaves the layers alone", () => {
    fc.assert(
      fc.property(mask, fc.boolean(), (mask, onGroup) => {
        const pixels = noise(WIDTH, HEIGHT, 3, true);
        const layer = pixelLayer(2, { width: WIDTH, height: HEIGHT, pixels, mask: onGroup ? null : mask });
        const group = groupLayer(3, [layer], { mask: onGroup ? mask : null });
        const before = documentState(WIDTH, HEIGHT, [group]);
        const { state } = selectMask(before, onGroup ? 3 : 2)!;
        const expected = new Uint8Array(WIDTH * HEIGHT).map((_, i) => {
          const [column, row] = [(i % WIDTH) - mask.x, Math.floor(i / WIDTH) - mask.y];
          const inside = column >= 0 && row >= 0 && column < mask.width && row < mask.height;
          return inside ? mask.data[row * mask.width + column] : mask.outside;
        });
        const selected = new Uint8Array(WIDTH * HEIGHT);
        const { selection } = state;
        selection?.data.forEach((value, i) => {
          const [column, row] = [i % selection.width, Math.floor(i / selection.width)];
          selected[(selection.y + row) * WIDTH + selection.x + column] = value;
        });
        expect([...selected]).toEqual([...expected]);
        expect(state).toEqual({ ...before, selection });
        expect(selection === null).toBe(expected.every((value) => value === 0));
      }),
    );
  });

  test("gives no step where there is no mask or channel", () => {
    const state = documentState(WIDTH, HEIGHT);
    expect(selectMask(state, 1)).toBeNull();
    expect(selectMask(state, 99)).toBeNull();
    expect(selectChannel(state, 1)).toBeNull();
  });
});
