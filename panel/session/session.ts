import type { Embedding, Raster, SoftMask } from "@masksmith/core";
import { type EngineClient, type EngineStatus, planName } from "../engine/index.js";
import { type Host, type HostDocument, isSameCanvas, type ModelFolder } from "../host.js";
import { type PanelObject, Store, type Work } from "../state/index.js";
import { AnswerKeeper } from "./answering/answers.js";
import { HoverPreview } from "./answering/hover.js";
import { PictureReader } from "./document/picture.js";
import { WorkKeeper } from "./document/workKeeper.js";
import { LabelActs } from "./labelling/labelActs.js";
import { Labeller } from "./labelling/labeller.js";
import { type Adoption, KeptModel } from "./models/keptModel.js";
import { type ModelShelf, modelOfFolder, type PanelModel } from "./models/models.js";
import { generateWith } from "./proposals/generating.js";
import { Proposer } from "./proposals/proposer.js";
import type { Looker, PixelTools } from "./refining/refinement.js";
import { Refiner } from "./refining/refiner.js";
import { SettingsKeeper } from "./settings.js";
import { describe } from "./words.js";

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
export class PanelSession extends LabelActs {
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
  readonly #keptModel: KeptModel;
  #isGoingOver = false;
  /** How many backends had been left when the engine was last ready; null before it first was. */
  #leftAtStart: number | null = null;
  #isDisposed = false;

  constructor(host: Host, workers: SessionWorkers, models: ModelShelf) {
    super();
    const { engine, looks, pixels } = workers;
    this.host = host;
    this.engine = engine;
    this.models = models;
    this.#workers = workers;
    this.#keptModel = new KeptModel(host, this);
    this.settings = new SettingsKeeper(host);
    this.picture = new PictureReader(host, engine);
    this.work = new WorkKeeper(host);
    this.answers = new AnswerKeeper(engine);
    this.preview = new HoverPreview(engine, this.answers);
    this.answers.preview = (embedding, steps) => this.preview.find(embedding, steps);
    const structure: ConstructorParameters<typeof Proposer>[3] = (masks, canvas) => engine.structure(masks, canvas);
    this.proposer = new Proposer(this.work, () => this.document, generateWith(engine, this.picture), structure, host);
    this.labeller = new Labeller(host, {
      isReady: () => this.isReady(),
      collect: (course) => this.collect(course),
      isRead: () => this.picture.picture.value.phase === "ready",
      takeUp: (record) => this.takeUp(record),
      onUnstored: (record, error) => this.onUnstored(record, error),
    });
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
    await this.#openNow();
    void this.#keptModel.resume((folder) => this.#openKept(folder));
  }

  async #openNow(): Promise<void> {
    try {
      this.#open(await this.host.document());
    } catch (error) {
      this.fail("The document could not be read", error, { label: "Try again", run: () => void this.#openNow() });
    }
  }

  dispose(): void {
    this.#isDisposed = true;
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

  /** Goes over to a model of the shelf. */
  async chooseModel(key: string): Promise<void> {
    const model = this.models.find(key);
    if (model && model !== this.models.chosen) await this.#goOver(model);
  }

  /** Takes a model into use from a folder that `pick` asks for; without a folder, or with a wrong one, all stays. */
  async addModel(pick: () => Promise<ModelFolder | undefined>): Promise<void> {
    this.tell(null);
    try {
      const folder = await pick();
      if (folder) await this.#goOver(await modelOfFolder(folder));
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
    this.labeller.worked();
    this.#find(embedding);
  }

  #find(embedding: Embedding): void {
    this.proposer
      .find(embedding, this.settings.settings.value)
      .catch((error) =>
        this.fail("Finding all objects failed", error, { label: "Try again", run: () => this.findAll() }),
      );
  }

  /** What runs the model and why, in one sentence. */
  engineSentence(): string {
    const { info, phase, left } = this.engineStatus.value;
    if (!info) return phase === "failed" ? "The engine did not start" : "The engine has not started yet";
    const before = left.length > 0 ? ` Left behind: ${left.join("; ")}.` : "";
    return `${planName(info)}: ${info.reason}.${before}`;
  }

  /** The model of an earlier start, unless the user was quicker with another one. */
  async #openKept(folder: ModelFolder): Promise<Adoption> {
    const { chosen } = this.models;
    try {
      const model = await modelOfFolder(folder);
      return chosen === this.models.chosen ? await this.#goOver(model) : "given up";
    } catch (error) {
      if (this.#isDisposed) return "given up";
      this.fail("Your own model could not be opened", error);
      return "failed";
    }
  }

  /** Prompts stay, and the picture is encoded anew; until the model has started, and if it never does, nothing changes. */
  async #goOver(model: PanelModel): Promise<Adoption> {
    if (this.#isGoingOver) return "given up";
    this.#isGoingOver = true;
    let wasCancelled = false;
    this.proposer.cancel();
    this.#workers.looks.pause();
    const accept = () => {
      this.models.choose(model);
      this.#encodeAnew();
    };
    const done = await this.run(`Opening ${model.name}`, (signal, progress) => {
      const opening = this.engine.adopt(model, accept, { signal, onProgress: ({ fraction }) => progress(fraction) });
      return opening.finally(() => {
        wasCancelled = signal.aborted;
      });
    });
    this.#isGoingOver = false;
    if (this.#isDisposed) return "given up";
    if (!done) return wasCancelled ? "cancelled" : "failed";
    this.speak(`Now with ${model.name}`);
    await this.#keptModel.keep(model.folder ?? null);
    return "taken";
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
    const { info, phase, left } = status;
    if (phase === "ready" && info) this.#tellOfLoss(left, info);
    if (phase !== "ready" || before.phase === "ready" || !embedding || !info || this.#isGoingOver) return;
    // Another backend may have taken over, with an encoder of its own.
    if (embedding.encoder !== info.encoder || embedding.model !== info.model.id) this.#encodeAnew();
  }

  /** A backend that ran and failed later was left for the next one: the user is told, once it runs. */
  #tellOfLoss(left: EngineStatus["left"], info: NonNullable<EngineStatus["info"]>): void {
    const before = this.#leftAtStart;
    this.#leftAtStart = left.length;
    if (before === null || left.length <= before) return;
    this.tell({ tone: "info", text: `${left.at(-1)}. Going on with ${planName(info)}; your prompts are kept.` });
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
        if (isWork(present, before.present)) this.labeller.worked();
        if (present.objects !== before.present.objects) this.answers.setObjects(present.objects);
        else if (present.active !== before.present.active) this.refiner.update();
      }),
      this.picture.picture.subscribe(({ embedding, phase }, before) => {
        // The work first: prompts of another picture are not to be asked on this one.
        if (embedding && embedding !== before.embedding)
          this.labeller.quietly(() => this.work.pictureRead(pictureHash(embedding)));
        if (embedding !== before.embedding) this.answers.setEmbedding(embedding);
        if (phase === before.phase || phase !== "ready") return;
        this.refiner.update();
        this.labeller.takeUp();
        this.labeller.startClock();
        this.speak("The picture is ready: click an object");
        this.#prefill();
      }),
      this.answers.answers.subscribe((answers, before) => {
        this.#speakAnswer(answers, before);
        this.refiner.update();
      }),
      this.settings.settings.subscribe(({ recommend, zoom, edges, cleanUp, prefill, sample }, before) => {
        if (prefill !== before.prefill) this.labeller.worked();
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
      this.labeller.stopClock();
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
    else this.speak(describe(active.name, answer.candidates[answer.chosen], answer.candidates.length, this.document!));
  }

  /** Labelling a folder may begin with automatic masks; a picture that has been recorded has its own. */
  #prefill(): void {
    const { mode, prefill } = this.settings.settings.value;
    const { embedding } = this.picture.picture.value;
    const wanted = mode === "label" && prefill && this.labeller.state.value.at >= 0 && !this.labeller.isRecorded;
    const isIdle = this.proposer.available && this.proposer.result.value.phase === "idle";
    if (wanted && isIdle && embedding) this.#find(embedding);
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

/** The part of the id that is about the picture's content alone; the rest says what encoded it. */
function pictureHash({ id }: Embedding): string {
  return id.split("/")[0];
}

/** Whether the user's objects or decisions differ; that automatic masks begin to be found is none. */
function isWork(now: Work, before: Work): boolean {
  return (
    now.objects !== before.objects ||
    (now.proposals !== before.proposals && now.proposals?.run === before.proposals?.run)
  );
}
