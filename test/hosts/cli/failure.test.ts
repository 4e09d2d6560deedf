import { MasksmithError } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { outcomeOf, reasonOf } from "../../../hosts/cli/src/failure.js";
import { visible } from "../../../hosts/cli/src/terminal.js";

describe("an error's line", () => {
  test("is one, whatever line ends and spaces its words have", () => {
    const { line } = outcomeOf(new MasksmithError("input", " a \r\n\n  b\tc \n d  e\n"));
    expect(line).toBe("a b\tc d  e");
  });

  test("names the failure of one address where a host has several", () => {
    const refused = new AggregateError([new Error("connect ECONNREFUSED ::1:9"), new Error("connect ECONNREFUSED")]);
    expect(reasonOf(refused)).toBe("connect ECONNREFUSED ::1:9");
  });

  test("is made at once out of a text of spaces, and is not as long as that", () => {
    const started = performance.now();
    const { line = "" } = outcomeOf(new MasksmithError("model", `Model manifest: ${" ".repeat(2_000_000)}x`));
    reasonOf(new Error(`${" \t".repeat(1_000_000)}x`));
    // The pattern that was here took an hour for this.
    expect(performance.now() - started).toBeLessThan(5000);
    expect(line.length).toBeLessThan(5000);
  });
});

describe("text on a terminal", () => {
  test("has no control characters of a file's name", () => {
    expect(visible("a\u001b[2Jb\rc\u009bd\u202egnp.e\n\tf é 猫")).toBe(
      "a\\u001b[2Jb\\u000dc\\u009bd\\u202egnp.e\n\tf é 猫",
    );
  });

  test("is the same JSON", () => {
    const value = { name: "a\u001b\u007f\u009b\u202e\u2028b" };
    expect(JSON.parse(visible(JSON.stringify(value, null, 2)))).toEqual(value);
  });
});
