import { type CombineMode, combineSoft } from "@masksmith/core";
import { expect, test } from "vitest";
import { combining, toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import { atOnce } from "../../../hosts/browser/src/document/turns.js";

test("masks combined in turns are those combined in one go, with pauses in a tall one", () => {
  const canvas = { x: 0, y: 0, width: 20, height: 300 };
  const ramp = Uint8Array.from({ length: 16 * 200 }, (_, i) => (i * 7) % 256);
  const a = toCoverage({ x: -2, y: 10, width: 16, height: 200, data: ramp });
  const b = { ...a, x: 3, y: 60, outside: 255 as const };
  for (const mode of ["replace", "add", "subtract", "intersect"] satisfies CombineMode[]) {
    expect(atOnce(combining(a, b, mode, canvas))).toEqual(combineSoft(a, b, mode, canvas));
  }
  expect([...combining(a, b, "add", canvas)].length).toBeGreaterThan(4);
});
