import type { Raster, SoftMask } from "@masksmith/core";
import { type EngineClient, type EngineStatus, planName } from "../engine/index.js";
import { type Host, type HostDocument, isSameCanvas } from "../host.js";
import { type PanelObject, Store } from "../state/index.js";
import { AnswerKeeper } from "./answers.js";
import { generateWith } from "./generating.js";
import { HoverPreview } from "./hover.js";
import { Labeller } from "./labeller.js";
import { keyOf, type ModelShelf, modelOfFiles } from "./models.js";
import { OutputActs } from "./outputActs.js";
import { PictureReader } from "./picture.js";
import { Proposer } from "./proposer.js";
import type { Looker, PixelTools } from "./refinement.js";
import { Refiner } from "./refiner.js";
import { SettingsKeeper } from "./settings.js";
import { describe } from "./words.js";
import { WorkKeeper } from "./workKeeper.js";

/** What works for a session, each in a worker of its own. */
export interface SessionWorkers {
  readonly engine: EngineClient;
  /** Second looks beside the engine, so that clicks and previews do not wait for them. */
  readonly looks: EngineClient;
  readonly pixels: PixelTools & { dispose(): void };
}

/** Browsers give a worker with threads this long to end. */
const ENDING_MS = 2_000;

/** Documents of more pixels leave no memory for a second engine: their second looks are the first one's. */
const MOST_PIXELS_FOR_TWO = 16e6;

/**
 * Everything behind the panel's elements: the open picture, the user's work on it, the model's answers, the outputs.
 * Knows no element, so that it runs and is tested without a page.
 */
export class PanelSession extends OutputActs {
  readonly host: Host;
  readonly engine: EngineClient;
  readonly settings: SettingsKeeper;
  readonly picture: PictureReader;
  readonly work: WorkKeeper;
  readonly answers: AnswerKeeper;
  readonly preview: HoverPreview;
  readonly proposer: Proposer;
  readonly labeller: Labeller;
  readonly refiner: Refiner;
  readonly models: ModelShelf;
  readonly engineStatus: Store<EngineStatus>;
  readonly #stops: (() => void)[] = [];
  readonly #workers: SessionWorkers;

  constructor(host: Host, workers: SessionWorkers, models: ModelShelf) {
    super();
    const { engine, looks, pixels } = workers;
    this.host = host;
    this.engine = engine;
    this.models = models;
    this.#workers = workers;
    this.settings = new SettingsKeeper(host);
    this.picture = new PictureReader(host, engine);
    this.work = new WorkKeeper(host);
    this.answers = new AnswerKeeper(engine);
    this.preview = new HoverPreview(engine, this.answers);
    this.answers.preview = (embedding, steps) => this.preview.find(embedding, steps);
    const structure: ConstructorParameters<typeof Proposer>[3] = (masks, canvas) => engine.structure(masks, canvas);
    this.proposer = new Proposer(this.work, () => this.document, generateWith(engine, this.picture), structure, host);
    this.labeller = new Labeller(host, () => this.collect());
    this.engineStatus = new Store(engine.status);
    const look: Looker["look"] = (...asked) => (this.#hasRoom() ? looks : engine).look(...asked);
    this.refiner = new Refiner({
      host,
      answers: this.answers,
      tools: {
        look,
        edges: pixels.edges.bind(pixels),
        finish: pixels.finish.bind(pixels),
        ownColours: pixels.ownColours.bind(pixels),
      },
      document: () => this.document,
      embedding: () => (this.picture.picture.value.phase === "ready" ? this.picture.picture.value.embedding : null),
      read: (signal) => this.picture.settled(signal),
      settings: () => this.settings.settings.value,
      wanted: () => this.#toRefine(),
    });
  }

  /** Loads what was kept and follows the host. */
  async start(): Promise<void> {
    await Promise.all([this.settings.load(), this.work.load(), this.proposer.load(), this.labeller.load()]);
    this.host.sampleLayer?.(this.settings.settings.value.sample === "layer");
    this.#follow();
    try {
      this.#open(await this.host.document());
    } catch (error) {
      this.fail("The document could not be read", error);
    }
  }

  dispose(): void {
    this.work.flush();
    for (const stop of this.#stops) stop();
    for (const worker of Object.values(this.#workers)) worker.dispose();
  }

  /** Ends the engines until they are needed again, and waits until their memory is back. */
  async freeMemory(): Promise<void> {
    this.picture.cancel();
    this.refiner.stop();
    this.engine.pause();
    this.#workers.looks.pause();
    await new Promise((resolve) => setTimeout(resolve, ENDING_MS));
  }

  /** Begins anew with another backend, after the setting changed. */
  replan(): void {
    this.engine.replan();
    this.#workers.looks.replan();
    if (this.picture.picture.value.phase === "failed") this.picture.retry();
  }

  /** Goes on with another model: prompts stay, the picture is encoded anew. */
  chooseModel(key: string): void {
    if (!this.models.choose(key)) return;
    this.engine.replan();
    this.#encodeAnew();
    this.speak(`Now with ${this.models.chosen.name}`);
  }

  /** Takes a model from a folder's files into use. */
  async addModel(files: readonly File[]): Promise<void> {
    try {
      const model = await modelOfFiles(files);
      this.models.add(model);
      this.chooseModel(keyOf(model));
    } catch (error) {
      this.fail("The model could not be opened", error);
    }
  }

  /** Finds all objects of the picture and shows them. */
  findAll(): void {
    const { embedding } = this.picture.picture.value;
    if (!embedding) {
      this.tell({ tone: "info", text: "The picture is still being read." });
      return;
    }
    if (this.settings.settings.value.mode === "select") this.settings.settings.update({ mode: "objects" });
    this.proposer
      .find(embedding, this.settings.settings.value)
      .catch((error) => this.fail("Finding all objects failed", error));
  }

  /** What runs the model and why, in one sentence. */
  engineSentence(): string {
    const { info, phase, left } = this.engineStatus.value;
    if (!info) return phase === "failed" ? "The engine did not start" : "The engine has not started yet";
    const before = left.length > 0 ? ` Left behind: ${left.join("; ")}.` : "";
    return `${planName(info)}: ${info.reason}.${before}`;
  }

  /** What was embedded says nothing to the engine that runs now: prompts stay, everything else is asked again. */
  #encodeAnew(): void {
    this.#workers.looks.replan();
    this.preview.clear();
    this.refiner.reset();
    this.answers.reset();
    this.picture.encodeAnew();
    this.answers.setObjects(this.work.work.objects);
  }

  #onEngine(status: EngineStatus): void {
    const before = this.engineStatus.value;
    this.engineStatus.set(status);
    const { embedding } = this.picture.picture.value;
    const { info, phase } = status;
    if (phase !== "ready" || before.phase === "ready" || !embedding || !info) return;
    // Another backend may have taken over, with an encoder of its own.
    if (embedding.encoder !== info.encoder || embedding.model !== info.model.id) this.#encodeAnew();
  }

  #follow(): void {
    this.#stops.push(
      this.engine.onStatus((status) => this.#onEngine(status)),
      this.host.on("document", (document) => this.#open(document)),
      this.host.on("selectionDrawn", ({ x0, y0, x1, y1 }) => this.prompt({ kind: "box", box: { x0, y0, x1, y1 } })),
      this.host.on("pointPlaced", ({ point: { x, y }, foreground }) =>
        this.prompt({ kind: "point", at: { x, y }, foreground }),
      ),
      this.work.history.subscribe(({ present }, before) => {
        if (present.active !== null || present.proposals !== before.present.proposals) this.applied.set(new Set());
        if (present.objects !== before.present.objects) this.answers.setObjects(present.objects);
        else if (present.active !== before.present.active) this.refiner.update();
      }),
      this.picture.picture.subscribe(({ embedding, phase }, before) => {
        if (embedding !== before.embedding) this.answers.setEmbedding(embedding);
        if (phase === before.phase || phase !== "ready") return;
        this.refiner.update();
        this.speak("The picture is ready: click an object");
        this.#prefill();
      }),
      this.answers.answers.subscribe((answers, before) => {
        this.#speakAnswer(answers, before);
        this.refiner.update();
      }),
      this.settings.settings.subscribe(({ recommend, zoom, edges, cleanUp, sample }, before) => {
        if (sample !== before.sample) this.host.sampleLayer?.(sample === "layer");
        if (recommend !== before.recommend) this.answers.recommends = recommend;
        if (zoom !== before.zoom || edges !== before.edges || cleanUp !== before.cleanUp) this.refiner.update();
      }),
    );
    this.answers.recommends = this.settings.settings.value.recommend;
  }

  #open(document: HostDocument | null): void {
    const before = this.document;
    if (!isSameCanvas(before, document)) {
      this.preview.clear();
      this.answers.reset();
      this.refiner.reset();
      this.proposer.reset();
    }
    this.picture.open(document);
    this.work.setDocument(document);
    this.answers.setObjects(this.work.work.objects);
    this.proposer.restore();
  }

  #speakAnswer(answers: typeof this.answers.answers.value, before: typeof answers): void {
    const active = this.active;
    const answer = active && answers.get(active.id);
    if (!active || !answer || answer.asking || before.get(active.id)?.asking !== true) return;
    if (answer.error)
      this.fail(`${active.name} could not be found`, new Error(answer.error), {
        label: "Try again",
        run: () => this.answers.retry(),
      });
    else this.speak(describe(active.name, answer.candidates[answer.chosen]!, answer.candidates.length, this.document!));
  }

  /** Labelling a folder may begin with automatic masks. */
  #prefill(): void {
    const { mode, prefill } = this.settings.settings.value;
    const wanted = mode === "label" && prefill && this.labeller.state.value.at >= 0;
    if (wanted && this.proposer.available && this.proposer.result.value.phase === "idle") this.findAll();
  }

  /** The active object first, then the other visible ones; those already applied are done. */
  #toRefine(): readonly PanelObject[] {
    if (this.settings.settings.value.mode === "objects") return [];
    const { active } = this;
    const others = this.shown().filter(({ id }) => id !== active?.id && !this.applied.value.has(id));
    return active?.visible ? [active, ...others] : others;
  }

  override ownColours(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster> {
    return this.#workers.pixels.ownColours(raster, soft, signal);
  }

  #hasRoom(): boolean {
    const { width = 0, height = 0 } = this.document ?? {};
    return width * height <= MOST_PIXELS_FOR_TWO;
  }
}
