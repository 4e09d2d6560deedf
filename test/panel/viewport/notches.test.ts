import { describe, expect, test } from "vitest";
import { Notches } from "../../../panel/viewport/notches.js";

/** What movements give, 20 ms after each other. */
const taken = (...deltas: number[]) => {
  const notches = new Notches();
  return deltas.map((delta, i) => notches.take(delta, 20 * i));
};

describe("notches of a wheel", () => {
  test("are one each, whatever the system sends for one", () => {
    expect(taken(53, 100, 120, -120, -53)).toEqual([-1, -1, -1, 1, 1]);
  });

  test("are collected from a touchpad's small movements", () => {
    expect(taken(40, 40, 39, 1, 40, 40, 40)).toEqual([0, 0, 0, -1, 0, 0, -1]);
  });

  test("do not add up over a change of direction or a pause", () => {
    expect(taken(40, 40, -40, -40, -40)).toEqual([0, 0, 0, 0, 1]);
    const notches = new Notches();
    expect([0, 20, 400, 420].map((time) => notches.take(-40, time))).toEqual([0, 0, 0, 0]);
  });
});
