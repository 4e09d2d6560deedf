import type { Embedding } from "@masksmith/core";
import type { EngineClient, EngineStatus } from "../engine/index.js";
import { type Host, type HostDocument, isSameCanvas } from "../host.js";
import { Store } from "../state/index.js";
import { Answering, type Answers, describeAnswer, describeStep, HoverPreview, Predictions } from "./answering/index.js";
import { DocumentReader, type Picture, type WorkChange, WorkClock, WorkKeeper } from "./document/index.js";
import { Labelling, OpenRecord } from "./labelling/index.js";
import { Engines, type ModelShelf, Models } from "./models/index.js";
import { Objects, Prompts } from "./objects/index.js";
import { Outputs } from "./outputs/index.js";
import { generateWith, Proposer } from "./proposals/index.js";
import { objectsToRefine, type PixelTools, Refiner } from "./refining/index.js";
import { Reporter } from "./reporter.js";
import { DEFAULT_SETTINGS, keepSettings, type Settings } from "./settings.js";

/** What works for a session, each in a worker of its own. */
export interface SessionWorkers {
  readonly engine: EngineClient;
  /** Second looks beside the engine, so that clicks and previews do not wait for them. */
  readonly looks: EngineClient;
  readonly pixels: PixelTools & { dispose(): void };
}

/** Browsers give a worker with threads this long to end. */
const ENDING_MS = 2_000;

/**
 * Everything behind the panel's elements, made of parts that know only what they are given. Knows no element, so that it runs
 * and is tested without a page. What follows from a change is in `#follow` and the methods it names; all else is in the parts.
 */
export class PanelSession {
  readonly host: Host;
  readonly engine: EngineClient;
  readonly reporter = new Reporter();
  readonly settings = new Store<Settings>(DEFAULT_SETTINGS);
  readonly document: DocumentReader;
  readonly work: WorkKeeper;
  readonly answering: Answering;
  readonly preview: HoverPreview;
  readonly objects: Objects;
  readonly prompts: Prompts;
  readonly proposals: Proposer;
  readonly refining: Refiner;
  readonly outputs: Outputs;
  readonly labelling: Labelling;
  readonly models: Models;
  readonly engines: Engines;
  readonly #pixels: SessionWorkers["pixels"];
  readonly #stops: (() => void)[] = [];

  constructor(host: Host, { engine, looks, pixels }: SessionWorkers, shelf: ModelShelf) {
    const { reporter, settings } = this;
    this.host = host;
    this.engine = engine;
    this.#pixels = pixels;
    const applied = new Store<ReadonlySet<string>>(new Set());
    const clock = new WorkClock();
    const engines = new Engines(engine, looks, reporter);
    const document = new DocumentReader(host, engine);
    const work = new WorkKeeper(host);
    const predictions = new Predictions(engine);
    const answering = new Answering(predictions);
    const preview = new HoverPreview(predictions);
    const objects = new Objects({ work, answering, preview, reporter });
    const proposals = new Proposer({
      work,
      document,
      settings,
      reporter,
      generate: generateWith(engine, document),
      structure: (masks, canvas) => engine.structure(masks, canvas),
      storage: host,
    });
    const refining = new Refiner({
      host,
      answering,
      document,
      tools: {
        look: engines.look,
        edges: pixels.edges.bind(pixels),
        finish: pixels.finish.bind(pixels),
        decontaminate: pixels.decontaminate.bind(pixels),
      },
      settings: () => settings.value,
      wanted: () => objectsToRefine(work.now, settings.value, applied.value),
    });
    const source = new OpenRecord({ document, work, settings, answering, refining, proposals, clock });
    this.engines = engines;
    this.document = document;
    this.work = work;
    this.answering = answering;
    this.preview = preview;
    this.objects = objects;
    this.proposals = proposals;
    this.refining = refining;
    this.prompts = new Prompts({
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
    this.outputs = new Outputs({
      host,
      reporter,
      document,
      work,
      settings,
      objects,
      proposals,
      refining,
      pixels,
      applied,
    });
    this.labelling = new Labelling({ host, reporter, clock, source });
    this.models = new Models({
      host,
      reporter,
      engine,
      shelf,
      stopBackground: () => {
        proposals.cancel();
        engines.pauseLooks();
      },
    });
  }

  /** Loads what was kept and follows the host. */
  async start(): Promise<void> {
    const { host, settings } = this;
    await Promise.all([keepSettings(settings, host), this.work.load(), this.proposals.load(), this.labelling.load()]);
    host.sampleLayer?.(settings.value.sample === "layer");
    this.answering.offersAlternatives = settings.value.alternatives;
    this.#follow();
    await this.#openNow();
    void this.models.resume();
  }

  dispose(): void {
    this.models.dispose();
    this.work.flush();
    for (const stop of this.#stops) stop();
    this.engines.dispose();
    this.#pixels.dispose();
  }

  /** Ends the engines until they are needed again, and waits until their memory is back. */
  async freeMemory(): Promise<void> {
    this.document.cancel();
    this.refining.stop();
    this.engines.pause();
    await new Promise((resolve) => setTimeout(resolve, ENDING_MS));
  }

  /** Starts again with another backend, after the setting changed. */
  replan(): void {
    this.engines.replan();
    if (this.document.picture.value.phase === "failed") this.document.retry();
  }

  /** Everything that follows from a change is done by the one method named here for it. */
  #follow(): void {
    const { host, work, document, answering, settings, models, engines, prompts } = this;
    this.#stops.push(
      host.on("document", (opened) => this.#open(opened)),
      host.on("selectionDrawn", ({ x0, y0, x1, y1 }) => prompts.add({ kind: "box", box: { x0, y0, x1, y1 } })),
      host.on("pointPlaced", ({ point: { x, y }, foreground }) =>
        prompts.add({ kind: "point", at: { x, y }, foreground }),
      ),
      work.changed.subscribe((change) => this.#workChanged(change)),
      document.picture.subscribe((picture, before) => this.#pictureChanged(picture, before)),
      answering.answers.subscribe((answers, before) => this.#answersChanged(answers, before)),
      settings.subscribe((now, before) => this.#settingsChanged(now, before)),
      models.choice.subscribe(({ chosen }, before) => chosen !== before.chosen && this.#encodeAnew()),
      engines.status.subscribe((status, before) => this.#engineChanged(status, before)),
    );
  }

  async #openNow(): Promise<void> {
    try {
      this.#open(await this.host.document());
    } catch (error) {
      const again = { label: "Try again", run: () => void this.#openNow() };
      this.reporter.fail("Couldn't read the document", error, again);
    }
  }

  #open(document: HostDocument | null): void {
    if (!isSameCanvas(this.document.current, document)) {
      this.labelling.documentChanged();
      this.preview.clear();
      this.answering.reset();
      this.refining.reset();
      this.proposals.reset();
    }
    this.document.open(document);
    this.work.open(document);
    this.answering.setObjects(this.work.now.objects);
    this.proposals.restore();
  }

  #workChanged(change: WorkChange): void {
    const { now, before } = change;
    this.outputs.workChanged(change);
    this.labelling.workChanged(change);
    if (now.objects !== before.objects) this.answering.setObjects(now.objects);
    else if (now.active !== before.active) this.refining.update();
  }

  #pictureChanged({ embedding, phase }: Picture, before: Picture): void {
    if (embedding !== before.embedding) {
      // The work first: prompts of another picture are not to be asked on this one.
      if (embedding) this.work.pictureRead(pictureHash(embedding));
      this.answering.setEmbedding(embedding);
    }
    if (phase === before.phase || phase !== "ready") return;
    this.refining.update();
    this.labelling.pictureRead();
    this.reporter.speak("Image ready. Click an object.");
    const { mode, prefill } = this.settings.value;
    if (mode === "label" && prefill && this.labelling.isAtUnrecorded) this.proposals.prefill();
  }

  #answersChanged(answers: Answers, before: Answers): void {
    this.#speakAnswer(answers, before);
    this.refining.update();
  }

  #settingsChanged({ alternatives, secondLook, edges, cleanUp, prefill, sample }: Settings, before: Settings): void {
    if (prefill !== before.prefill) this.labelling.prefillChanged();
    if (sample !== before.sample) this.host.sampleLayer?.(sample === "layer");
    if (alternatives !== before.alternatives) this.answering.offersAlternatives = alternatives;
    if (secondLook !== before.secondLook || edges !== before.edges || cleanUp !== before.cleanUp)
      this.refining.update();
  }

  /** Another backend may have taken over, with an encoder of its own. */
  #engineChanged({ info, phase }: EngineStatus, before: EngineStatus): void {
    const { embedding } = this.document.picture.value;
    if (phase !== "ready" || before.phase === "ready" || !embedding || !info || this.models.isChanging) return;
    if (embedding.encoder !== info.encoder || embedding.model !== info.model.id) this.#encodeAnew();
  }

  /** What was embedded says nothing to the engine that runs now: prompts stay, everything else is asked again. */
  #encodeAnew(): void {
    this.engines.replanLooks();
    this.preview.clear();
    this.refining.reset();
    this.answering.reset();
    this.document.encodeAnew();
    this.answering.setObjects(this.work.now.objects);
  }

  /** Tells screen readers what came of the active object's prompts, and everyone what went wrong. */
  #speakAnswer(answers: Answers, before: Answers): void {
    const { active } = this.work;
    const { current } = this.document;
    const answer = active && answers.get(active.id);
    if (!active || !current || !answer || answer.asking) return;
    // A preview may have had the answer already: what counts is whether another one is shown.
    const last = before.get(active.id);
    if (last && !last.asking && last.candidates === answer.candidates && last.chosen === answer.chosen) return;
    if (!answer.error && answer.candidates.length === 0) return;
    if (answer.error) {
      const again = { label: "Try again", run: () => this.answering.retry() };
      this.reporter.fail(`Couldn't find ${active.name}`, new Error(answer.error), again);
    } else if (last && !last.asking && last.candidates === answer.candidates)
      this.reporter.speak(describeStep(last, answer, current));
    else this.reporter.speak(describeAnswer(active.name, answer, current));
  }
}

/** The part of the id that is about the picture's content alone; the rest says what encoded it. */
function pictureHash({ id }: Embedding): string {
  return id.split("/")[0];
}
