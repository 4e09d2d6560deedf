import { beforeEach, describe, expect, test } from "vitest";
import { addAct, chooseCandidate, workFromJson, workToJson } from "../../../../panel/state/index.js";
import { ownClock } from "../../../support/clock.js";
import { candidate, pointAct, settle } from "../../support.js";
import { start } from "./started.js";

ownClock();

let panel: ReturnType<typeof start>;
beforeEach(() => {
  panel = start();
});

/** A click of the user, 5 document pixels wide. */
const click = (x: number, foreground = true, newObject = false) =>
  panel.prompts.click({ at: { x, y: 5 }, foreground, newObject, reach: 5 });
const steps = () => panel.work.active?.steps.length;
const shown = () => {
  const { candidates, chosen } = panel.answering.answers.value.get(panel.work.active!.id)!;
  return candidates[chosen].area;
};

/** Until no alternatives are looked for any more. */
const found = () =>
  expect
    .poll(() => panel.answering.answers.value.get(panel.work.active!.id), { interval: 5 })
    .toMatchObject({
      asking: false,
      extending: false,
    });

/** A point whose three answers have areas of 101, 51 and 11 pixels, the first of them shown. */
async function clicked(x = 3): Promise<void> {
  click(x);
  await settle();
}

describe("smaller and larger", () => {
  test("go through the answers by area, at once, each one step of undo, and end at both ends", async () => {
    await clicked();
    const seen = ["smaller", "smaller", "smaller", "larger"].map((step) => {
      panel.objects.stepAnswer(step as "smaller" | "larger");
      return shown();
    });
    expect(seen).toEqual([51, 11, 11, 51]);
    panel.work.undo();
    expect(shown()).toBe(11);
    panel.work.undo();
    panel.work.undo();
    expect(shown()).toBe(101);
    expect(panel.engine.asked).toHaveLength(1);
  });

  test("say at an end that it is one", async () => {
    await clicked();
    panel.objects.stepAnswer("larger");
    expect(panel.reporter.spoken.value).toBe("This is the largest suggestion");
    panel.objects.stepAnswer("next");
    expect(shown()).toBe(11);
    panel.objects.stepAnswer("smaller");
    expect(panel.reporter.spoken.value).toBe("This is the smallest suggestion");
  });

  test("leave out answers that look the same", async () => {
    panel.engine.offers(async () => [candidate(8, 103), candidate(9, 300)]);
    await clicked();
    await found();
    panel.objects.stepAnswer("larger");
    expect(shown()).toBe(300);
    panel.objects.stepAnswer("smaller");
    expect(shown()).toBe(101);
  });

  test("say that more may come while they are looked for, and that there is no other once they are not", async () => {
    panel.engine.offers(async () => []);
    await clicked();
    panel.objects.stepAnswer("larger");
    expect(panel.reporter.spoken.value).toBe("More suggestions are being found");
    await found();
    panel.objects.stepAnswer("larger");
    expect(panel.reporter.notice.value?.text).toMatch(/^There is no other suggestion/);
    expect(shown()).toBe(101);
  });

  test("wait for the answer to a newer question, whose candidates are others", async () => {
    await clicked();
    panel.engine.hold = true;
    click(20);
    panel.objects.stepAnswer("smaller");
    panel.objects.choose(panel.work.active!.id, 2);
    expect(panel.work.active!.steps.map(({ choice }) => choice)).toEqual([0, null]);
  });

  test("by wheel are for points on one of the answers, if there are several", async () => {
    await clicked();
    panel.objects.stepAnswer("smaller");
    // The first 101 pixels, row by row, are the largest answer: two rows and a half of 40.
    expect(panel.objects.canStepAt({ x: 39, y: 1 })).toBe(true);
    expect(panel.objects.canStepAt({ x: 39, y: 2 })).toBe(false);
    panel.objects.startNew();
    expect(panel.objects.canStepAt({ x: 39, y: 1 })).toBe(false);
    panel.engine.count = 1;
    await clicked(20);
    expect(panel.objects.canStepAt({ x: 1, y: 1 })).toBe(false);
  });

  test("what was picked is stored with the work and comes back", async () => {
    await clicked();
    panel.objects.stepAnswer("smaller");
    const stored = workFromJson(JSON.parse(JSON.stringify(workToJson(panel.work.now))));
    expect(stored.objects[0].steps.map(({ choice }) => choice)).toEqual([1]);
  });
});

describe("a second click", () => {
  test("on the place of the first shows the next answer, round and round; each is one step of undo", async () => {
    await clicked();
    const seen = [3, 6, 0].map((x) => {
      click(x);
      return shown();
    });
    expect(seen).toEqual([11, 51, 101]);
    expect(steps()).toBe(1);
    for (let i = 0; i < 3; i++) panel.work.undo();
    expect([shown(), steps()]).toEqual([101, 1]);
    panel.work.undo();
    expect(panel.work.now.objects).toHaveLength(0);
  });

  test("a bit away, of the other sign, or for a new object is a point of its own", async () => {
    await clicked();
    click(9);
    await settle();
    expect(steps()).toBe(2);
    click(9, false);
    await settle();
    expect(steps()).toBe(3);
    click(9, false, true);
    click(9, true, true);
    expect(panel.work.now.objects).toHaveLength(2);
  });

  test("on the place of an earlier point is a point: other prompts came since", async () => {
    await clicked();
    click(20);
    await settle();
    click(3);
    expect(steps()).toBe(3);
  });

  test("before the first is answered, as a double click is, changes nothing", async () => {
    panel.engine.hold = true;
    click(3);
    click(3);
    await settle();
    panel.engine.held[0]();
    await settle();
    expect([shown(), steps()]).toEqual([101, 1]);
    expect(panel.engine.asked).toHaveLength(1);
  });

  test("asks again what failed", async () => {
    panel.engine.error = new Error("out of memory");
    await clicked();
    panel.engine.error = null;
    click(3);
    await settle();
    expect(steps()).toBe(1);
    expect(shown()).toBeGreaterThan(0);
  });

  test("is one of the user's: a point that a host places is a prompt wherever it is", async () => {
    await clicked();
    panel.prompts.add(pointAct(3));
    expect(steps()).toBe(2);
  });

  test("is not previewed and asks nothing, while a little way off the preview goes on", async () => {
    await clicked();
    const spot = { at: { x: 4, y: 5 }, foreground: true, newObject: false, reach: 5 };
    panel.prompts.hoverAt(spot);
    panel.prompts.pressAt(spot);
    await settle();
    expect(panel.preview.hover.value).toBeNull();
    expect(panel.engine.asked).toHaveLength(1);
    panel.prompts.hoverAt({ ...spot, at: { x: 20, y: 5 } });
    await settle();
    expect(panel.preview.hover.value?.at.x).toBe(20);
  });
});

test("a further click builds on the answer that was stepped to", async () => {
  await clicked();
  panel.objects.stepAnswer("smaller");
  click(20);
  await settle();
  expect((panel.engine.asked[1].prompt.mask as { data: Float32Array }).data[0]).toBe(2);
});

test("a picked alternative of a box is shown after a reload only once it is found again, and bounds its own second look", async () => {
  panel.engine.offers(async () => [candidate(9, 300)]);
  const box = addAct(panel.work.now, { kind: "box", box: { x0: 0, y0: 0, x1: 30, y1: 20 } });
  panel.work.amend(() => chooseCandidate(box, box.active!, 1));
  await settle();
  const object = panel.work.active!;
  expect(panel.answering.answered(object)).toBeNull();
  await found();
  expect(shown()).toBe(300);
  expect(panel.answering.answered(object)!.asked!.prompt.box).toBeUndefined();
  // What else is offered may be switched off; what was picked stays.
  panel.answering.offersAlternatives = false;
  expect(shown()).toBe(300);
  panel.objects.stepAnswer("smaller");
  expect(panel.answering.answered(panel.work.active!)!.asked!.prompt.box).toBeDefined();
});
