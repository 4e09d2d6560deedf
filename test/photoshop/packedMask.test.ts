import fc from "fast-check";
import { expect, test } from "vitest";
import { fillsMask, type PackedMask, packMask, unpackMask } from "../../plugin/bridge/index.js";

/** Runs and noise of all lengths around the format's limits. */
const stretch = fc.oneof(
  fc
    .tuple(fc.nat(255), fc.integer({ min: 1, max: 400 }))
    .map(([value, length]) => new Array<number>(length).fill(value)),
  fc.array(fc.nat(255), { minLength: 1, maxLength: 300 }),
  fc.array(fc.constantFrom(0, 255), { minLength: 1, maxLength: 40 }),
);
const bytes = fc.array(stretch, { maxLength: 12 }).map((all) => Uint8Array.from(all.flat()));
const maskOf = (data: Uint8Array) => ({ x: -3, y: 5, width: data.length, height: 1, data });

test("a packed mask unpacks to the same bytes and is never larger", () => {
  fc.assert(
    fc.property(bytes, (data) => {
      const packed = packMask(maskOf(data));
      if ("data" in packed) return packed.data === data;
      expect(packed.packed.length).toBeLessThan(data.length);
      expect(fillsMask(packed)).toBe(true);
      return Buffer.compare(unpackMask(packed).data, data) === 0;
    }),
    { numRuns: 500 },
  );
});

/** Literals, runs and the byte that means nothing, after the format's own description. */
test("PackBits as Apple's own example has it is read", () => {
  const packed = Uint8Array.from([
    0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa,
  ]);
  const mask: PackedMask = { x: 0, y: 0, width: 24, height: 1, packed };
  expect(fillsMask(mask)).toBe(true);
  const unpacked = "aaaaaa80002aaaaaaaaa80002a22aaaaaaaaaaaaaaaaaaaa";
  expect(Buffer.from(unpackMask(mask).data).toString("hex")).toBe(unpacked);
  expect(fillsMask({ ...mask, width: 25 })).toBe(false);
  expect(fillsMask({ ...mask, packed: packed.slice(0, -1) })).toBe(false);
});

test("a mask with a soft edge packs to a small part of itself", () => {
  const side = 1_000;
  const data = Uint8Array.from({ length: side * side }, (_, i) => {
    const away = Math.hypot((i % side) - 500, Math.floor(i / side) - 500) - 400;
    return Math.min(Math.max(127 - away * 30, 0), 255);
  });
  const packed = packMask({ x: 0, y: 0, width: side, height: side, data }) as PackedMask;
  expect(packed.packed.length).toBeLessThan(data.length / 20);
});
