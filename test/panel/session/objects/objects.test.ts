import { beforeEach, expect, test } from "vitest";
import type { Host } from "../../../../panel/host.js";
import { Answering, HoverPreview, Predictions } from "../../../../panel/session/answering/index.js";
import { WorkClock, WorkKeeper } from "../../../../panel/session/document/index.js";
import { chosenObjects, Objects, Prompts } from "../../../../panel/session/objects/index.js";
import { Reporter } from "../../../../panel/session/reporter.js";
import { DEFAULT_SETTINGS } from "../../../../panel/session/settings.js";
import { Store } from "../../../../panel/state/index.js";
import { DOCUMENT, embedding, FakePredictor, openDocument, pointAct, settle } from "../../support.js";

/** Prompts and objects over a picture that has been read, without a session. */
function start() {
  const host = {
    readSetting: async () => undefined,
    writeSetting: async () => undefined,
    selection: async () => null,
  } as Partial<Host> as Host;
  const engine = new FakePredictor();
  const predictions = new Predictions(engine);
  const answering = new Answering(predictions);
  const preview = new HoverPreview(predictions);
  const work = new WorkKeeper(host);
  const reporter = new Reporter();
  const settings = new Store(DEFAULT_SETTINGS);
  const document = openDocument(
    () => DOCUMENT,
    () => embedding("a"),
  );
  const found = { kept: () => [] };
  const clock = new WorkClock();
  const proposals = found;
  const prompts = new Prompts({ host, document, work, settings, answering, preview, proposals, clock, reporter });
  work.changed.subscribe(({ now }) => answering.setObjects(now.objects));
  answering.setEmbedding(embedding("a"));
  return {
    engine,
    answering,
    work,
    reporter,
    settings,
    prompts,
    objects: new Objects({ work, answering, preview, reporter }),
  };
}

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

test("candidates are gone through from the biggest to the smallest and around, each one step of undo", async () => {
  panel.prompts.add(pointAct(3));
  await settle();
  const seen = [1, 2, 3].map(() => {
    panel.objects.cycleCandidate(1);
    return choices()![0];
  });
  expect(seen).toEqual([1, 2, 0]);
  panel.work.undo();
  expect(choices()).toEqual([2]);
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
