import { MasksmithError, OBJECTS_GENERATOR, SA1B_GENERATOR } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import type { Host } from "../../../../panel/host.js";
import { autoOptions, presetMasks } from "../../../../panel/session/proposals/generating.js";
import type { Generate, Proposer } from "../../../../panel/session/proposals/index.js";
import { Reporter } from "../../../../panel/session/reporter.js";
import { DEFAULT_SETTINGS } from "../../../../panel/session/settings.js";
import { ownClock } from "../../../support/clock.js";
import { DOCUMENT } from "../../support.js";
import { embedding, found, names, openWork, proposerOn, settle } from "./support.js";

ownClock();

/** Best first: a plate, a spoon beside it, a cup on the plate, a handle on the cup, a crumb. */
const PLATE = found(10, [0, 0, 20, 20], { score: 0.8 });
const SPOON = found(7, [25, 0, 35, 10], { score: 0.7, predictedIou: 0.6 });
const CUP = found(3, [5, 5, 15, 15], { score: 0.5, predictedIou: 0.7 });
const HANDLE = found(8, [6, 6, 9, 9], { score: 0.2 });
const CRUMB = found(1, [25, 20, 30, 25], { score: 0.1 });
const RANKED = [PLATE, SPOON, CUP, HANDLE, CRUMB];
const ranked: Generate = async () => RANKED;

const ids = (proposer: Proposer) => proposer.kept().map(({ id }) => Number(id));

async function foundIn(work = openWork(), generate = ranked) {
  const proposer = proposerOn(work, generate);
  await proposer.find(embedding, DEFAULT_SETTINGS);
  proposer.rows();
  await settle();
  return { proposer, work };
}

describe("a ranked list of all objects", () => {
  test("shows the likeliest, as many as it suggests, nested, and leaves the rest out", async () => {
    const { proposer } = await foundIn();
    expect(proposer.amount()).toEqual({ shown: 3, of: 5, suggested: 3 });
    expect(ids(proposer)).toEqual([10, 3, 7]);
    expect(names(proposer)).toEqual(["Object 1", "-Object 1.1", "Object 2"]);
  });

  test("shows more and fewer at once without another search; at rest that is one step of undo", async () => {
    let searches = 0;
    const { proposer, work } = await foundIn(openWork(), async () => {
      searches++;
      return RANKED;
    });
    const steps = work.history.value.past.length;
    for (const count of [4, 5]) proposer.setShown(count, true);
    expect(ids(proposer).sort()).toEqual([1, 10, 3, 7, 8]);
    expect(work.history.value.past).toHaveLength(steps);
    proposer.setShown(2, false);
    expect(ids(proposer)).toEqual([10, 7]);
    expect(work.history.value.past).toHaveLength(steps + 1);
    work.undo();
    expect(proposer.amount()?.shown).toBe(3);
    work.redo();
    expect(proposer.amount()?.shown).toBe(2);
    expect(searches).toBe(1);
  });

  test("a slider that comes back to what the list suggests is no step; none leads out of the list", async () => {
    const { proposer, work } = await foundIn();
    const steps = work.history.value.past.length;
    proposer.setShown(5, true);
    proposer.setShown(3, false);
    expect(work.history.value.past).toHaveLength(steps);
    proposer.setShown(0, false);
    expect(proposer.amount()?.shown).toBe(1);
    proposer.setShown(99, false);
    expect(proposer.amount()?.shown).toBe(5);
  });

  test("what lies in something that is not shown goes to what is around that, and no name tells of a gap", async () => {
    const without = RANKED.filter((mask) => mask !== SPOON && mask !== CRUMB);
    const { proposer } = await foundIn(openWork(), async () => [...without, { ...CUP, id: 4, score: 0.05 }, CRUMB]);
    proposer.setShown(3, false);
    expect(names(proposer)).toEqual(["Object 1", "-Object 1.1", "--Object 1.1.1"]);
    const { proposer: other } = await foundIn(openWork(), async () => [PLATE, { ...CUP, score: 0 }, HANDLE, SPOON]);
    expect(names(other)).toEqual(["Object 1", "-Object 1.1", "Object 2"]);
    expect(other.keptAsObjects().map(({ id, parent }) => [id, parent])).toEqual([
      ["10", null],
      ["8", "10"],
      ["7", null],
    ]);
  });

  test("what a person keeps or drops by hand stays so, however many are shown", async () => {
    const { proposer } = await foundIn();
    proposer.toggle("3");
    expect(proposer.rows()).toHaveLength(3);
    proposer.pick({ x: 27.5, y: 22.5 }, false);
    expect(ids(proposer)).toEqual([10, 7, 1]);
    proposer.setShown(1, false);
    expect(ids(proposer)).toEqual([10, 1]);
    expect(proposer.rows()).toHaveLength(2);
    proposer.setShown(5, false);
    expect(ids(proposer).sort()).toEqual([1, 10, 7, 8]);
    expect(proposer.keptAsObjects().map(({ id }) => Number(id))).toEqual(ids(proposer));
  });

  test("a click where nothing is shown takes the likeliest that is there", async () => {
    const { proposer } = await foundIn(openWork(), async () => [SPOON, CUP, { ...PLATE, score: 0.35 }, HANDLE, CRUMB]);
    proposer.setShown(1, false);
    proposer.pick({ x: 7.5, y: 7.5 }, false);
    expect(ids(proposer).sort()).toEqual([3, 7]);
  });

  test("is in order while it grows, though masks come in another", async () => {
    let finish = () => {};
    const work = openWork();
    const proposer = proposerOn(work, async (_, { onMasks }) => {
      onMasks(RANKED.toReversed(), 0.5);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return RANKED;
    });
    const done = proposer.find(embedding, DEFAULT_SETTINGS);
    expect(ids(proposer).sort()).toEqual([10, 3, 7]);
    finish();
    await done;
  });

  test("says how many it shows when it is there, and when it is canceled", async () => {
    const reporter = new Reporter();
    await proposerOn(openWork(), ranked, { reporter }).find(embedding, DEFAULT_SETTINGS);
    expect(reporter.spoken.value).toBe("3 of 5 objects shown");
    const stuck: Generate = (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new MasksmithError("aborted", "cancelled")));
      });
    const proposer = proposerOn(openWork(), stuck, { reporter });
    const done = proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.cancel();
    await done;
    expect([proposer.result.value.phase, reporter.spoken.value]).toEqual(["canceled", "Canceled."]);
  });

  test("comes back after a reload with its order and the number shown; a run without scores has thresholds", async () => {
    const stored = new Map<string, unknown>();
    const storage = {
      readSetting: async (key: string) => stored.get(key),
      writeSetting: async (key: string, value: unknown) => void stored.set(key, JSON.parse(JSON.stringify(value))),
    } as unknown as Host;
    const work = openWork();
    const proposer = proposerOn(work, ranked, { storage });
    await proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.setShown(4, false);
    const again = proposerOn(work, ranked, { storage });
    await again.load();
    again.restore();
    expect(again.amount()).toEqual({ shown: 4, of: 5, suggested: 3 });
    expect(ids(again).sort()).toEqual([10, 3, 7, 8]);
    const run = stored.get("found") as { masks: { score?: number }[] };
    for (const mask of run.masks) delete mask.score;
    const old = proposerOn(work, ranked, { storage });
    await old.load();
    old.restore();
    expect(old.amount()).toBeNull();
    expect(ids(old).sort()).toEqual([1, 10, 8]);
  });
});

describe("presets", () => {
  test("what people see as objects is the default, as the command line has it", () => {
    expect(autoOptions(DEFAULT_SETTINGS)).toEqual(OBJECTS_GENERATOR);
  });

  test("the official presets find more than their thresholds keep, so that sliders need no other search", () => {
    const thresholds = { predIouThresh: 0.75, stabilityScoreThresh: 0.85 };
    expect(autoOptions({ preset: "official", fast: false })).toEqual({ ...thresholds, fast: false });
    expect(autoOptions({ preset: "sa-1b", fast: true })).toEqual({ ...SA1B_GENERATOR, ...thresholds, fast: true });
  });

  test("SA-1B leaves out masks of the whole picture, as the data set does", () => {
    const whole = found(1, [0, 0, DOCUMENT.width, DOCUMENT.height]);
    expect(presetMasks([whole, PLATE], { preset: "sa-1b" })).toEqual([PLATE]);
    expect(presetMasks([whole, PLATE], { preset: "official" })).toEqual([whole, PLATE]);
  });
});
