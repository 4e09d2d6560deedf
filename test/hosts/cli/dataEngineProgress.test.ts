import { describe, expect, test } from "vitest";
import { durationText, progressText } from "../../../hosts/cli/src/dataEngine/progress.js";

describe("progress line", () => {
  test("has the rate and the time left", () => {
    const line = progressText({ total: 100, finished: 10, failed: 1, seconds: 1200, picture: "a/b.jpg" });
    expect(line).toBe("10 of 100 pictures (1 failed), 30.0 an hour, 3 h 00 min left, a/b.jpg");
    expect(progressText({ total: 5, finished: 0, failed: 0, seconds: 0, picture: "a" })).toBe("0 of 5 pictures, a");
    expect(progressText({ total: 5, finished: 5, failed: 0, seconds: 2, picture: "a" })).toBe(
      "5 of 5 pictures, 2.5 a second, a",
    );
  });

  test("says times as people do", () => {
    expect([0, 59.4, 90, 3599, 3 * 3600 + 300, 50 * 3600].map(durationText)).toEqual([
      "0 s",
      "59 s",
      "2 min",
      "1 h 00 min",
      "3 h 05 min",
      "2 d 02 h",
    ]);
  });
});
