import { describe, expect, test } from "vitest";
import { normaliseAndPad } from "../../../core/encode/normalise.js";
import { MasksmithError } from "../../../core/errors.js";
import { fixture, noise, sha256 } from "../../support/bytes.js";

interface TorchCase {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly size: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly sha256: string;
}

describe("normaliseAndPad", () => {
  test("equals the original's arithmetic in PyTorch bit for bit", () => {
    const { seed, width, height, size, mean, std, sha256: hash } = fixture<TorchCase>("masks/normalise.json");
    const out = normaliseAndPad({ width, height, data: noise(width * height * 3, seed) }, size, mean, std, 0);
    expect(sha256(out)).toBe(hash);
  });

  test("puts the pad value right of and below the picture only", () => {
    const out = normaliseAndPad(
      { width: 1, height: 2, data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
      2,
      [0, 0, 0],
      [1, 1, 1],
      -7,
    );
    expect([...out]).toEqual([1, -7, 4, -7, 2, -7, 5, -7, 3, -7, 6, -7]);
  });

  test("refuses a picture larger than the square", () => {
    expect(() => normaliseAndPad({ width: 3, height: 1, data: new Uint8Array(9) }, 2, [0, 0, 0], [1, 1, 1], 0)).toThrow(
      MasksmithError,
    );
  });
});
