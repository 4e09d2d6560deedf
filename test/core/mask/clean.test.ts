import { describe, expect, test } from "vitest";
import { cleanLogits, countSpecks } from "../../../core/mask/index.js";
import type { LowResLogits } from "../../../core/types.js";

/** A grid drawn in text, one cell a letter: `#` is sure (8), `+` is faint (2), `.` is outside (-4). */
function drawn(...rows: readonly string[]): LowResLogits {
  const values: Readonly<Record<string, number>> = { "#": 8, "+": 2, ".": -4 };
  const data = Float32Array.from(rows.join(""), (letter) => values[letter]);
  return { width: rows[0].length, height: rows.length, data };
}

function shape({ width, data }: LowResLogits): string[] {
  const cells = Array.from(data, (value) => (value > 0 ? "#" : "."));
  return Array.from({ length: data.length / width }, (_, y) => cells.slice(y * width, (y + 1) * width).join(""));
}

function cleaned(logits: LowResLogits, points: readonly { readonly x: number; readonly y: number }[] = []) {
  return cleanLogits(logits, { threshold: 0, content: logits, points });
}

describe("cleanLogits", () => {
  test("drops faint crumbs and keeps both sure halves of an object that something stands in front of", () => {
    expect(shape(cleaned(drawn("##..##..+", "##..##..+", "##..##...")))).toEqual([
      "##..##...",
      "##..##...",
      "##..##...",
    ]);
  });

  test("drops a faint crumb at a corner that upscaling would tear off, and keeps one that it would join", () => {
    expect(shape(cleaned(drawn("###..", "###..", "...+.")))).toEqual(["###..", "###..", "....."]);
    const joined = drawn("###..", "###..", "...+.");
    joined.data[8] = joined.data[12] = -1;
    expect(shape(cleaned(joined))).toEqual(["###..", "###..", "...#."]);
  });

  test("keeps a faint component that the click is in", () => {
    expect(shape(cleaned(drawn("##..++", "##..++"), [{ x: 4.5, y: 1.5 }]))).toEqual(["##..##", "##..##"]);
  });

  test("fills pinholes and leaves real holes and bays at the picture's rim", () => {
    const row = "#".repeat(20);
    const logits = drawn(
      row,
      `${row.slice(0, 5)}.${row.slice(6)}`,
      row,
      ...Array.from({ length: 3 }, () => `${row.slice(0, 12)}...${row.slice(15)}`),
      row,
      `${row.slice(0, 3)}.${row.slice(4)}`,
    );
    const expected = shape(logits).with(1, row);
    expect(shape(cleaned(logits))).toEqual(expected);
  });

  test("gives back what needs no cleaning and what is empty", () => {
    for (const logits of [drawn("....", ".##."), drawn("....")]) expect(cleaned(logits)).toBe(logits);
  });

  test("leaves the padding beyond the picture alone", () => {
    const logits = drawn("##....", "##...+");
    expect(cleanLogits(logits, { threshold: 0, content: { width: 4, height: 2 }, points: [] })).toBe(logits);
  });
});

describe("countSpecks", () => {
  test("counts islands and holes of more than three cells", () => {
    const logits = drawn("######.++++", "#....#.....", "#....#.+++.", "######.....");
    expect(countSpecks(logits, { threshold: 0, content: logits })).toBe(2);
  });

  test("finds none in a clean mask and in an empty one", () => {
    for (const logits of [drawn("###", "###"), drawn("...")])
      expect(countSpecks(logits, { threshold: 0, content: logits })).toBe(0);
  });
});
