import { describe, expect, test } from "vitest";
import { connectSides } from "../../../core/refine/matting/connect.js";

/** One character a pixel, in tenths; X is 1. Columns 0 and 1 are known object, the last two known background. */
function plane(...rows: string[]) {
  const width = rows[0].length;
  const alpha = Float32Array.from(rows.join(""), (c) => (c === "X" ? 1 : Number(c) / 10));
  const unknown = Uint8Array.from(alpha, (_, i) => (i % width >= 2 && i % width < width - 2 ? 1 : 0));
  return { alpha, unknown, width, height: rows.length };
}

function connected(...rows: string[]): string[] {
  const { alpha, unknown, width, height } = plane(...rows);
  connectSides(alpha, unknown, width, height);
  const text = Array.from(alpha, (a) => (a > 0.999 ? "X" : Math.round(a * 10))).join("");
  return rows.map((_, y) => text.slice(y * width, (y + 1) * width));
}

describe("sides that connect", () => {
  test("fill a speck in the object and drop one in the background", () => {
    expect(connected("XXXXX0000", "XX2XX0900", "XXXXX0000")).toEqual(["XXXXX0000", "XXXXX0000", "XXXXX0000"]);
  });

  test("keep a strand that leads out of the object, and the gap beside it", () => {
    const strands = ["XXX000000", "XXX987000", "XXX000000", "XX0000000"];
    expect(connected(...strands)).toEqual(strands);
  });

  test("keep a faint highlight only as far as its way out is faint", () => {
    expect(connected("XXX8XX000", "XXXX17000", "XXXXXX000")).toEqual(["XXX8XX000", "XXXX77000", "XXXXXX000"]);
  });
});
