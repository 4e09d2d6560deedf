import type { Host } from "../../../../panel/host.js";
import { Answering, HoverPreview, Predictions } from "../../../../panel/session/answering/index.js";
import { WorkClock, WorkKeeper } from "../../../../panel/session/document/index.js";
import { Objects, Prompts } from "../../../../panel/session/objects/index.js";
import { Reporter } from "../../../../panel/session/reporter.js";
import { DEFAULT_SETTINGS } from "../../../../panel/session/settings.js";
import { Store } from "../../../../panel/state/index.js";
import { DOCUMENT, embedding, FakePredictor, openDocument } from "../../support.js";

/** Prompts and objects over a picture that has been read, without a session. */
export function start() {
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
  const proposals = { kept: () => [] };
  const clock = new WorkClock();
  const objects = new Objects({ work, answering, preview, reporter });
  const prompts = new Prompts({
    host,
    document,
    work,
    settings,
    answering,
    preview,
    objects,
    proposals,
    clock,
    reporter,
  });
  work.changed.subscribe(({ now }) => answering.setObjects(now.objects));
  answering.setEmbedding(embedding("a"));
  return {
    engine,
    answering,
    work,
    reporter,
    settings,
    preview,
    prompts,
    objects,
  };
}
