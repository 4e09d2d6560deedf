import { afterEach, expect, test, vi } from "vitest";
import type { Attack } from "./attacks/attack.js";
import { stand } from "./standing.js";

afterEach(() => vi.restoreAllMocks());

/** The short form of `npm run test:hostile`: the finds, and the same few hundred inputs each time. */
test("whatever is given to the program ends in a result or a refusal in one line", async () => {
  // A parser logs what it finds.
  vi.spyOn(console, "log").mockImplementation(() => {});
  const tallies = await stand({ seed: 20_260, more: (tried) => tried < 400 });
  const tried = [...tallies.values()].map((tally) => tally.tried);
  expect(tried.reduce((sum, own) => sum + own)).toBeGreaterThan(400);
  expect(Math.min(...tried)).toBeGreaterThan(0);
});

test("a fault is found and its input is named", async () => {
  const faulty: Attack = {
    name: "faults",
    weight: 1,
    attempt: (chance) => {
      if (chance.rarely(5)) throw new RangeError("Invalid array length");
    },
  };
  const run = stand({ seed: 1, attacks: [faulty], more: (tried) => tried < 100 });
  await expect(run).rejects.toThrow(/^faults, seed \d+: RangeError: Invalid array length$/);
});
