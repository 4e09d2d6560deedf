import { beforeEach, expect, test } from "vitest";
import type { ApplyRequest, Host, HostDocument } from "../../../../panel/host.js";
import { WorkKeeper } from "../../../../panel/session/document/index.js";
import { Outputs } from "../../../../panel/session/outputs/index.js";
import { Reporter } from "../../../../panel/session/reporter.js";
import { DEFAULT_SETTINGS } from "../../../../panel/session/settings.js";
import { addAct, EMPTY_WORK, Store, setActive } from "../../../../panel/state/index.js";
import { candidate, DOCUMENT, embedding, openDocument, pointAct } from "../../support.js";

/** Outputs of two objects, without a model and without a page. */
function start() {
  const requests: ApplyRequest[] = [];
  const state = { open: DOCUMENT as HostDocument, failure: null as Error | null };
  const host = {
    apply: async (request) => {
      if (state.failure) throw state.failure;
      requests.push(request);
    },
    readSetting: async () => undefined,
    writeSetting: async () => undefined,
  } as Partial<Host> as Host;
  const work = new WorkKeeper(host);
  const reporter = new Reporter();
  const settings = new Store(DEFAULT_SETTINGS);
  const outputs = new Outputs({
    host,
    reporter,
    document: openDocument(
      () => state.open,
      () => embedding("a"),
    ),
    work,
    settings,
    objects: { startNew: () => work.amend((now) => setActive(now, null)) },
    proposals: { keptAsObjects: () => [] },
    refining: { final: async () => candidate(1, 20) },
    pixels: { decontaminate: async (raster) => raster },
    applied: new Store<ReadonlySet<string>>(new Set()),
  });
  work.changed.subscribe((change) => outputs.workChanged(change));
  work.act("Add point", () => addAct(setActive(addAct(EMPTY_WORK, pointAct(3)), null), pointAct(9)));
  return { state, requests, work, reporter, settings, outputs };
}

let panel: ReturnType<typeof start>;
beforeEach(() => {
  panel = start();
});

const applied = () => [...panel.outputs.applied.value];

test("an object that was applied is not painted over its result, until it is worked on again", async () => {
  await panel.outputs.apply();
  expect(applied()).toEqual(["object-2"]);
  panel.work.amend((now) => setActive(now, "object-2"));
  expect(applied()).toEqual([]);
});

test("a layer group takes all visible objects, anything else the active one", async () => {
  await panel.outputs.apply();
  panel.settings.update({ output: "group" });
  await panel.outputs.apply();
  expect(panel.requests.map(({ items }) => items.map(({ name }) => name))).toEqual([
    ["Object 2"],
    ["Object 1", "Object 2"],
  ]);
});

test("a failure says why, and tries again with one button; in another document nothing happens", async () => {
  panel.state.failure = new Error("the scratch disk is full");
  await panel.outputs.apply();
  const { tone, text, action } = panel.reporter.notice.value!;
  expect([tone, text]).toEqual([
    "failure",
    "Couldn't apply: the scratch disk is full. Your prompts and document are unchanged.",
  ]);
  panel.state.failure = null;
  panel.state.open = { ...DOCUMENT, id: "another" };
  action!.run();
  expect(panel.requests).toEqual([]);
  expect(panel.reporter.notice.value!.text).toMatch(/different document is open/);
  panel.state.open = DOCUMENT;
  action!.run();
  await expect.poll(() => panel.requests.length).toBe(1);
});
