import { expect, test } from "vitest";
import { WorkClock } from "../../../../panel/session/document/workClock.js";

test("time on a mask counts from when the picture can be worked on, without long pauses", () => {
  const clock = new WorkClock();
  expect(clock.takeSeconds(5_000)).toBe(0);
  clock.start(10_000);
  clock.start(11_000);
  expect(clock.takeSeconds(13_000)).toBe(3);
  expect(clock.takeSeconds(14_000)).toBe(1);
  expect(clock.takeSeconds(1_000_000)).toBe(60);
  clock.stop();
  expect(clock.takeSeconds(2_000_000)).toBe(0);
});

test("time on a picture counts once, whatever its masks took", () => {
  const clock = new WorkClock();
  clock.start(10_000);
  clock.takeSeconds(12_000);
  expect(clock.takePictureSeconds(15_000)).toBe(5);
  expect(clock.takePictureSeconds(16_000)).toBe(1);
});
