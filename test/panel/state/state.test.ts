import { encodeRle } from "@masksmith/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addAct,
  addObject,
  changeObject,
  chooseCandidate,
  decide,
  EMPTY_WORK,
  isKept,
  isListed,
  merge,
  mergedAway,
  type PromptAct,
  type Proposals,
  record,
  redo,
  removeObject,
  removeStep,
  setActive,
  startHistory,
  startProposals,
  undo,
  unmerge,
  type Work,
  withShown,
  workFromJson,
  workToJson,
} from "../../../panel/state/index.js";

const coordinate = fc.double({ min: 0, max: 500, noNaN: true });
const at = fc.record({ x: coordinate, y: coordinate });
const box = fc.tuple(at, at).map(([a, b]) => ({
  x0: Math.min(a.x, b.x),
  y0: Math.min(a.y, b.y),
  x1: Math.max(a.x, b.x) + 1,
  y1: Math.max(a.y, b.y) + 1,
}));
const mask = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) =>
  encodeRle(
    bytes.map((byte) => byte & 1),
    4,
    3,
  ),
);
const act: fc.Arbitrary<PromptAct> = fc.oneof(
  fc.record({ kind: fc.constant("point" as const), at, foreground: fc.boolean() }),
  fc.record({ kind: fc.constant("box" as const), box }),
  fc.record({
    kind: fc.constant("stroke" as const),
    how: fc.constantFrom("lasso" as const, "brush" as const),
    foreground: fc.boolean(),
    points: fc.array(at, { minLength: 1, maxLength: 3 }),
    box: fc.option(box),
  }),
  fc.record({ kind: fc.constant("mask" as const), mask, box }),
  fc.record({
    kind: fc.constant("given" as const),
    mask,
    points: fc.array(at, { maxLength: 2 }),
    predictedIou: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

/** What a user may do, as a function of what is there. */
const change: fc.Arbitrary<(work: Work) => Work> = fc.oneof(
  act.map((prompt) => (work: Work) => addAct(work, prompt)),
  act.map((prompt) => (work: Work) => addAct(setActive(work, null), prompt)),
  fc.nat(9).map((n) => (work: Work) => removeObject(work, work.objects[n % (work.objects.length || 1)]?.id ?? "")),
  fc.nat(2).map((n) => (work: Work) => chooseCandidate(work, work.active ?? "", n)),
  fc.nat(9).map((n) => (work: Work) => removeStep(work, work.active ?? "", n)),
  fc.string().map((name) => (work: Work) => changeObject(work, work.active ?? "", { name })),
);

describe("history", () => {
  test("undo to the start gives the empty work, redo gives everything back", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        let history = startHistory(EMPTY_WORK);
        for (const [i, next] of changes.entries()) history = record(history, `act ${i}`, next(history.present));
        const end = history.present;
        const steps = history.past.length;
        for (let i = 0; i < steps; i++) history = undo(history);
        expect(history.present).toBe(EMPTY_WORK);
        expect(undo(history)).toBe(history);
        for (let i = 0; i < steps; i++) history = redo(history);
        expect(history.present).toBe(end);
      }),
    );
  });

  test("an act after undo forgets what was undone, and an act that changes nothing is no step", () => {
    let history = record(startHistory(1), "one", 2);
    history = record(undo(history), "other", 3);
    expect(history.future).toEqual([]);
    expect(record(history, "nothing", 3)).toBe(history);
  });
});

describe("work", () => {
  test("ids are never reused and the active object is one of the objects", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const seen = new Set<string>();
        let work = EMPTY_WORK;
        for (const next of changes) {
          const before = new Set(work.objects.map(({ id }) => id));
          work = next(work);
          for (const { id, steps } of work.objects) {
            expect(steps.length).toBeGreaterThan(0);
            if (before.has(id)) continue;
            expect(seen.has(id)).toBe(false);
            seen.add(id);
          }
          if (work.active !== null) expect(work.objects.map(({ id }) => id)).toContain(work.active);
        }
      }),
    );
  });

  test("a work survives JSON", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const work = changes.reduce<Work>((now, next) => next(now), EMPTY_WORK);
        const read = workFromJson(JSON.parse(JSON.stringify(workToJson(work))));
        expect(JSON.parse(JSON.stringify(workToJson(read)))).toEqual(JSON.parse(JSON.stringify(workToJson(work))));
      }),
    );
  });

  test("whatever storage holds, reading it gives a work and never throws", () => {
    const good = JSON.parse(
      JSON.stringify(
        workToJson(
          addObject(EMPTY_WORK, [{ act: { kind: "box", box: { x0: 0, y0: 0, x1: 2, y1: 2 } }, choice: null }]),
        ),
      ),
    );
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom("objects", "active", "next"), (value, field) => {
        expect(Array.isArray(workFromJson(value).objects)).toBe(true);
        const read = workFromJson({ ...good, work: { ...good.work, [field]: value } });
        expect(Number.isInteger(read.next)).toBe(true);
      }),
    );
  });
});

describe("proposals", () => {
  const run = { documentArea: 1000, suggested: 0 };
  const facts = { id: "3", rank: null, predictedIou: 0.9, stabilityScore: 0.96, area: 50 };
  const start = startProposals("run", { predictedIou: 0.88, stability: 0.95, area: 0 });

  test("thresholds filter, and a decision by hand overrules them", () => {
    expect(isKept(start, facts, run)).toBe(true);
    expect(isKept({ ...start, thresholds: { ...start.thresholds, area: 0.1 } }, facts, run)).toBe(false);
    expect(
      isKept(decide({ ...start, thresholds: { ...start.thresholds, area: 0.1 } }, ["3"], "keep"), facts, run),
    ).toBe(true);
    expect(isKept(decide(start, ["3"], "drop"), facts, run)).toBe(false);
  });

  test("of a ranked list as many are shown as it suggests, or as the user wants; a decision by hand overrules both", () => {
    const ranked = { ...facts, rank: 2, predictedIou: 0.6 };
    const of = (proposals: Proposals, suggested: number) => [
      isListed(proposals, ranked, { ...run, suggested }),
      isKept(proposals, ranked, { ...run, suggested }),
    ];
    expect(of(start, 3)).toEqual([true, true]);
    expect(of(start, 2)).toEqual([false, false]);
    expect(of(withShown(start, 3), 2)).toEqual([true, true]);
    expect(of(withShown(start, 2), 3)).toEqual([false, false]);
    expect(of(decide(start, ["3"], "keep"), 2)).toEqual([true, true]);
    expect(of(decide(start, ["3"], "drop"), 3)).toEqual([true, false]);
    expect(withShown(start, null)).toBe(start);
  });

  test("how many are shown survives storage; work stored before there was a ranked list still loads", () => {
    const work = { ...EMPTY_WORK, proposals: withShown(start, 12) };
    const stored = JSON.parse(JSON.stringify(workToJson(work)));
    expect(workFromJson(stored).proposals).toEqual(work.proposals);
    for (const shown of [undefined, "12", -1, 1.5]) {
      stored.work.proposals.shown = shown;
      expect(workFromJson(stored).proposals).toEqual(start);
    }
  });

  test("merging a merge takes its members over, splitting gives them back", () => {
    const first = merge(start, ["1", "2"]);
    const both = merge(first, [first.merges[0].id, "5"]);
    expect(both.merges).toHaveLength(1);
    expect([...mergedAway(both)].sort()).toEqual(["1", "2", "5"]);
    expect(mergedAway(unmerge(both, both.merges[0].id)).size).toBe(0);
    expect(merge(start, ["1", "1"])).toBe(start);
  });
});
