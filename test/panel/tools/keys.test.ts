import { describe, expect, test } from "vitest";
import { commandOf } from "../../../panel/tools/index.js";

const press = (key: string, held: { shiftKey?: boolean; altKey?: boolean; ctrlKey?: boolean } = {}) =>
  commandOf({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });

describe("keys of the answers", () => {
  test("comma and period are smaller and larger, also as the signs above them", () => {
    expect([press(","), press(".")]).toEqual(["smaller-answer", "larger-answer"]);
    expect([press("<", { shiftKey: true }), press(">", { shiftKey: true })]).toEqual([
      "smaller-answer",
      "larger-answer",
    ]);
  });

  test("brackets are the brush's or, without one, the answers'", () => {
    expect([press("["), press("]")]).toEqual(["smaller", "larger"]);
  });

  test("C goes on and Shift+C back", () => {
    expect([press("c"), press("C", { shiftKey: true })]).toEqual(["next-answer", "previous-answer"]);
  });

  test("with Ctrl or Alt they are someone else's", () => {
    expect([press(",", { ctrlKey: true }), press(".", { altKey: true })]).toEqual([null, null]);
  });
});
