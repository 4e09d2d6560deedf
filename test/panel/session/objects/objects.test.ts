import { beforeEach, expect, test } from "vitest";
import { chosenObjects } from "../../../../panel/session/objects/index.js";
import { ownClock } from "../../../support/clock.js";
import { pointAct, settle } from "../../support.js";
import { start } from "./started.js";

ownClock();

let panel: ReturnType<typeof start>;
beforeEach(() => {
  panel = start();
});

const choices = () => panel.work.active?.steps.map(({ choice }) => choice);

test("taking away where nothing is yet is refused with a word on what to do", () => {
  panel.prompts.add(pointAct(3, false));
  expect(panel.work.now.objects).toHaveLength(0);
  expect(panel.reporter.notice.value).toMatchObject({ tone: "info" });
});

test("a further click builds on the candidate that is shown: it is written down as chosen", async () => {
  panel.prompts.add(pointAct(3));
  await settle();
  panel.prompts.add(pointAct(9, false));
  expect(choices()).toEqual([0, null]);
});

test("a deleted object is named to screen readers, and undo brings it back", () => {
  panel.prompts.add(pointAct(3));
  panel.objects.removeActive();
  expect(panel.work.now.objects).toHaveLength(0);
  expect(panel.reporter.spoken.value).toBe("Object 1 deleted");
  panel.work.undo();
  expect(panel.work.now.objects).toHaveLength(1);
});

test("without an active object outputs take the newest visible one", () => {
  panel.prompts.add(pointAct(3));
  panel.prompts.add(pointAct(9), true);
  panel.objects.startNew();
  expect(chosenObjects(panel.work.now).map(({ name }) => name)).toEqual(["Object 2"]);
  panel.objects.setVisible("object-2", false);
  expect(chosenObjects(panel.work.now).map(({ name }) => name)).toEqual(["Object 1"]);
});

test("in Label an object begun beside automatic masks is semi-automatic", () => {
  panel.settings.update({ mode: "label", prefill: true });
  panel.prompts.add(pointAct(3));
  expect(panel.work.active?.stage).toBe("assisted-manual");
  panel.work.act("Refine object", (now) => ({
    ...now,
    active: null,
    objects: now.objects.map((object) => ({ ...object, stage: "automatic" })),
  }));
  panel.prompts.add(pointAct(9));
  expect(panel.work.active?.stage).toBe("semi-automatic");
});
