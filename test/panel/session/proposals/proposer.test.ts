import { MasksmithError } from "@masksmith/core";
import { beforeEach, describe, expect, test } from "vitest";
import type { HostDocument } from "../../../../panel/host.js";
import type { WorkKeeper } from "../../../../panel/session/document/workKeeper.js";
import type { Generate, Proposer } from "../../../../panel/session/proposals/index.js";
import { DEFAULT_SETTINGS } from "../../../../panel/session/settings.js";
import { ownClock } from "../../../support/clock.js";
import { DOCUMENT } from "../../support.js";
import { embedding, found, host, names, openWork, proposerOn, settle } from "./support.js";

ownClock();

const OUTER = found(1, [0, 0, 20, 20]);
const INNER = found(2, [5, 5, 10, 10]);
const DOUBTFUL = found(3, [25, 0, 35, 10], { predictedIou: 0.8 });

let work: WorkKeeper;
beforeEach(() => {
  work = openWork();
});

function start(generate: Generate): Proposer {
  return proposerOn(work, generate);
}

const all: Generate = async () => [INNER, OUTER, DOUBTFUL];

describe("all objects", () => {
  test("results show as they come, and as a tree when all are there", async () => {
    let finish = () => {};
    const proposer = start(async (_, { onMasks }) => {
      onMasks([INNER], 0.5);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return [INNER, OUTER, DOUBTFUL];
    });
    const done = proposer.find(embedding, DEFAULT_SETTINGS);
    expect(proposer.result.value).toMatchObject({ phase: "running", fraction: 0.5 });
    expect(proposer.rows()).toHaveLength(1);
    finish();
    await done;
    proposer.rows();
    await settle();
    expect(names(proposer)).toEqual(["Object 1", "-Object 1.1", "Object 2"]);
  });

  test("thresholds filter live, as one step of undo when the slider rests", async () => {
    const proposer = start(all);
    await proposer.find(embedding, DEFAULT_SETTINGS);
    const kept = () =>
      proposer
        .kept()
        .map(({ id }) => id)
        .sort();
    expect(kept()).toEqual(["1", "2"]);
    const steps = work.history.value.past.length;
    const low = { ...DEFAULT_SETTINGS.thresholds, predictedIou: 0.7 };
    proposer.setThresholds({ ...low, predictedIou: 0.75 }, true);
    expect(kept()).toEqual(["1", "2", "3"]);
    expect(work.history.value.past.length).toBe(steps);
    proposer.setThresholds(low, false);
    expect(work.history.value.past.length).toBe(steps + 1);
    work.undo();
    expect(work.now.proposals?.thresholds).toEqual(DEFAULT_SETTINGS.thresholds);
    expect(kept()).toEqual(["1", "2"]);
    work.redo();
    expect(work.now.proposals?.thresholds).toEqual(low);
  });

  test("a slider that comes back to where it was is no step", async () => {
    const proposer = start(all);
    await proposer.find(embedding, DEFAULT_SETTINGS);
    const steps = work.history.value.past.length;
    proposer.setThresholds({ ...DEFAULT_SETTINGS.thresholds, area: 0.1 }, true);
    proposer.setThresholds({ ...DEFAULT_SETTINGS.thresholds }, false);
    expect(work.history.value.past.length).toBe(steps);
  });

  test("finding again is undone: the earlier masks with their merges, names and decisions are there again", async () => {
    let search = 0;
    const proposer = start(async () => (search++ === 0 ? [INNER, OUTER, DOUBTFUL] : [INNER]));
    await proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.togglePicked("1");
    proposer.togglePicked("3");
    proposer.mergePicked();
    proposer.rename("2", "Cup");
    proposer.toggle("2");
    const before = proposer.rows().map(({ id, name, area }) => [id, name, area]);
    await settle();
    await proposer.find(embedding, DEFAULT_SETTINGS);
    expect(proposer.rows()).toHaveLength(1);
    work.undo();
    expect(proposer.rows().map(({ id, name, area }) => [id, name, area])).toEqual(before);
    expect(proposer.kept().map(({ merged }) => merged)).toEqual([true]);
    work.redo();
    expect(proposer.rows()).toHaveLength(1);
  });

  test("undo while another search goes on ends it; redo brings what it had found", async () => {
    let searches = 0;
    const proposer = start(async (_, { signal, onMasks }) => {
      if (searches++ === 0) return [INNER, OUTER];
      onMasks([DOUBTFUL], 0.5);
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new MasksmithError("aborted", "cancelled")));
      });
    });
    await proposer.find(embedding, DEFAULT_SETTINGS);
    await settle();
    const second = proposer.find(embedding, DEFAULT_SETTINGS);
    work.undo();
    await second;
    expect(proposer.result.value.phase).toBe("done");
    expect(proposer.rows().map(({ id }) => id)).toEqual(["1", "2"]);
    work.redo();
    expect(proposer.result.value.phase).toBe("canceled");
    expect(proposer.rows().map(({ id }) => id)).toEqual(["3"]);
  });

  test("a click drops the smallest mask under it, a second finds the one below; undo keeps them again", async () => {
    const proposer = start(all);
    await proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.pick({ x: 7.5, y: 7.5 }, false);
    proposer.pick({ x: 7.5, y: 7.5 }, false);
    expect(proposer.kept()).toEqual([]);
    work.undo();
    work.undo();
    expect(proposer.kept()).toHaveLength(2);
  });

  test("merged masks are one with their union, and can be split", async () => {
    const proposer = start(all);
    await proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.togglePicked("1");
    proposer.togglePicked("3");
    proposer.mergePicked();
    const merged = proposer.rows().find((row) => row.merged)!;
    expect(merged.area).toBe(OUTER.area + DOUBTFUL.area);
    expect(proposer.rows()).toHaveLength(2);
    proposer.split(merged.id);
    expect(proposer.rows()).toHaveLength(3);
  });

  test("what is applied names the nearest kept container as parent", async () => {
    const middle = found(4, [2, 2, 15, 15]);
    const proposer = start(async () => [OUTER, middle, INNER]);
    await proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.rows();
    await settle();
    proposer.toggle("4");
    const objects = proposer.keptAsObjects();
    expect(objects.map(({ id, parent }) => [id, parent])).toEqual([
      ["1", null],
      ["2", "1"],
    ]);
  });

  test("cancelling keeps what was found; a failure is said", async () => {
    const proposer = start((_, { signal, onMasks }) => {
      onMasks([OUTER], 0.3);
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new MasksmithError("aborted", "cancelled")));
      });
    });
    const done = proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.cancel();
    await done;
    expect(proposer.result.value.phase).toBe("canceled");
    expect(proposer.kept()).toHaveLength(1);
    const failing = start(async () => {
      throw new MasksmithError("runtime", "not enough memory");
    });
    await failing.find(embedding, DEFAULT_SETTINGS);
    expect(failing.result.value).toMatchObject({ phase: "failed", error: "not enough memory" });
  });

  test("refining takes a mask over among the objects, marked as automatic", async () => {
    const proposer = start(all);
    await proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.refine("2");
    expect(work.now.objects[0]).toMatchObject({
      stage: "automatic",
      steps: [{ act: { kind: "given", mask: INNER.mask } }],
    });
    expect(proposer.kept().map(({ id }) => id)).toEqual(["1"]);
    work.undo();
    expect(proposer.kept()).toHaveLength(2);
  });

  test("coming back to a picture brings its masks and the decisions on them; what was left halfway is not taken for all", async () => {
    const other = { ...DOCUMENT, id: "e", name: "e.png" };
    let open = DOCUMENT;
    const proposer = proposerOn(work, all, { open: () => open, storage: host });
    const goTo = (document: HostDocument) => {
      open = document;
      proposer.reset();
      work.open(document);
    };
    await proposer.find(embedding, DEFAULT_SETTINGS);
    proposer.rename("1", "Table");
    proposer.toggle("2");
    goTo(other);
    expect(proposer.result.value.phase).toBe("idle");
    const unfinished = proposer.find(embedding, DEFAULT_SETTINGS);
    goTo(DOCUMENT);
    await unfinished;
    expect(proposer.kept().map(({ name }) => name)).toEqual(["Table"]);
    goTo(other);
    expect(proposer.result.value.phase).toBe("idle");
  });
});
