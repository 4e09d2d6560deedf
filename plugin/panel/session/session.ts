import { type Candidate, isEmptyRle, MasksmithError, type ObjectMask, rleBox, size } from "@masksmith/core";
import { type EngineClient, type EngineStatus, planName } from "../engine/index.js";
import type { Host, HostDocument } from "../host.js";
import type { FileItem, FileKind, FilePicture } from "../outputs/index.js";
import {
  activeObject,
  addAct,
  addObject,
  changeObject,
  chooseCandidate,
  type PanelObject,
  type PromptAct,
  removeObject,
  type Step,
  Store,
  setActive,
  type XY,
} from "../state/index.js";
import { AnswerKeeper, givenCandidate } from "./answers.js";
import { HoverPreview } from "./hover.js";
import { Labeller } from "./labeller.js";
import { applyObjects, exportObjects, fileItem, outputOf } from "./outputs.js";
import { PictureReader } from "./picture.js";
import { givenMask, namedCandidates } from "./prompts.js";
import { type Generate, Proposer } from "./proposer.js";
import { Reporter } from "./reporter.js";
import { selectionToRle } from "./selection.js";
import { SettingsKeeper } from "./settings.js";
import { APPLIED, describe, isOnlyBackground, labelOf, namesOf } from "./words.js";
import { WorkKeeper } from "./workKeeper.js";

/**
 * Everything behind the panel's elements: the open picture, the user's work on it, the model's answers, the outputs.
 * Knows no element, so that it runs and is tested without a page.
 */
export class PanelSession extends Reporter {
  readonly host: Host;
  readonly engine: EngineClient;
  readonly settings: SettingsKeeper;
  readonly picture: PictureReader;
  readonly work: WorkKeeper;
  readonly answers: AnswerKeeper;
  readonly preview: HoverPreview;
  readonly proposer: Proposer;
  readonly labeller: Labeller;
  readonly engineStatus: Store<EngineStatus>;
  /** Objects just applied: not painted over their own result, until they are worked on again. */
  readonly applied = new Store<ReadonlySet<string>>(new Set());
  readonly #stops: (() => void)[] = [];

  constructor(host: Host, engine: EngineClient) {
    super();
    this.host = host;
    this.engine = engine;
    this.settings = new SettingsKeeper(host);
    this.picture = new PictureReader(host, engine);
    this.work = new WorkKeeper(host);
    this.answers = new AnswerKeeper(engine);
    this.preview = new HoverPreview(engine, this.answers);
    this.answers.preview = (embedding, steps) => this.preview.find(embedding, steps);
    this.proposer = new Proposer(
      this.work,
      () => this.document,
      generateWith(engine, this.picture),
      (masks, canvas) => engine.structure(masks, canvas),
      host,
    );
    this.labeller = new Labeller(host, () => this.#collect());
    this.engineStatus = new Store(engine.status);
  }

  /** Loads what was kept and follows the host. */
  async start(): Promise<void> {
    await Promise.all([this.settings.load(), this.work.load(), this.proposer.load(), this.labeller.load()]);
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
    this.engine.dispose();
  }

  get document(): HostDocument | null {
    return this.picture.picture.value.document;
  }

  get active(): PanelObject | null {
    return activeObject(this.work.work);
  }

  /** A prompt on the active object, or on a new one. */
  prompt(act: PromptAct, newObject = false): void {
    if (!this.document) return;
    const fresh = newObject || !this.active;
    if (fresh && isOnlyBackground(act)) {
      this.tell({ tone: "info", text: "Click the object first; then Alt + click takes away what is too much." });
      return;
    }
    this.preview.clear();
    const seconds = this.labeller.takeSeconds();
    const stage = this.#prefilled() ? "semi-automatic" : "assisted-manual";
    this.work.act(labelOf(act), (work) => {
      const added = addAct(newObject ? setActive(work, null) : work, act);
      const object = activeObject(added)!;
      const made = fresh ? ({ stage } as const) : {};
      return changeObject(added, object.id, { ...made, seconds: object.seconds + seconds });
    });
  }

  /** Previews what a click here would give. */
  hoverAt(at: XY, foreground: boolean): void {
    const active = this.active;
    const embedding = this.answers.embeddingOf(active?.id ?? null);
    if (!embedding || !this.settings.settings.value.hover || (!foreground && !active)) {
      this.preview.clear();
      return;
    }
    const act: PromptAct = { kind: "point", at, foreground };
    const steps: readonly Step[] = [...(active?.steps ?? []), { act, choice: null }];
    void this.preview.ask(embedding, steps, at, foreground);
  }

  /** The host's selection, or any mask of the document, as prompt of a new object. */
  async promptWithSelection(): Promise<void> {
    try {
      const selection = await this.host.selection();
      const { document } = this;
      const mask = selection && document ? selectionToRle(selection, document) : null;
      if (!mask || isEmptyRle(mask)) {
        this.tell({ tone: "info", text: "Nothing is selected. Draw a selection around the object, then try again." });
        return;
      }
      const [x, y, width, height] = rleBox(mask);
      const act: PromptAct = { kind: "mask", mask, box: { x0: x, y0: y, x1: x + width, y1: y + height } };
      this.work.act("Use selection", (work) => addObject(work, [{ act, choice: null }]));
    } catch (error) {
      this.fail("The selection could not be read", error);
    }
  }

  /** No object is active: the next prompt starts a new one. */
  newObject(): void {
    this.preview.clear();
    this.work.amend((work) => setActive(work, null));
    this.speak("New object: click it");
  }

  activate(id: string): void {
    this.preview.clear();
    this.work.amend((work) => setActive(work, id));
  }

  cycleCandidate(step: 1 | -1): void {
    const active = this.active;
    const answer = active && this.answers.answers.value.get(active.id);
    if (!active || !answer || answer.candidates.length < 2) return;
    const order = namedCandidates(answer.candidates).map(({ index }) => index);
    const place = order.indexOf(answer.chosen) + step + order.length;
    this.choose(active.id, order[place % order.length]!);
  }

  choose(id: string, choice: number): void {
    this.preview.clear();
    this.work.act("Choose answer", (work) => chooseCandidate(work, id, choice));
  }

  rename(id: string, name: string): void {
    const trimmed = name.trim();
    const object = this.work.work.objects.find((other) => other.id === id);
    if (!object || !trimmed || object.name === trimmed) return;
    this.work.act("Rename", (work) => changeObject(work, id, { name: trimmed }));
  }

  recolour(id: string, colour: string): void {
    this.work.act("Change colour", (work) => changeObject(work, id, { colour }));
  }

  setVisible(id: string, visible: boolean): void {
    this.work.act(visible ? "Show object" : "Hide object", (work) => changeObject(work, id, { visible }));
  }

  remove(id: string): void {
    const object = this.work.work.objects.find((other) => other.id === id);
    if (!object) return;
    this.work.act("Remove object", (work) => removeObject(work, id));
    this.speak(`${object.name} removed`);
  }

  removeActive(): void {
    if (this.active) this.remove(this.active.id);
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

  /** The next or previous picture of the folder; what the open one has is recorded. */
  stepPicture(by: 1 | -1): void {
    this.labeller.step(by).then(
      (moved) => {
        const { names, at } = this.labeller.state.value;
        if (moved) this.speak(`Picture ${at + 1} of ${names.length}: ${names[at]}`);
        else if (names.length > 0 && by > 0)
          this.tell({ tone: "info", text: "That was the last picture. Save the records below." });
      },
      (error) => this.fail("The next picture could not be opened", error),
    );
  }

  async saveRecords(format: "sa-1b" | "coco"): Promise<void> {
    const { names: folder, earlier } = this.labeller.state.value;
    if (folder.length === 0 && earlier.length === 0) {
      await this.exportAs(format);
      return;
    }
    let saved = 0;
    const done = await this.run("Writing the records", async () => {
      saved = await this.labeller.save(format);
    });
    if (done)
      this.tell({
        tone: saved > 0 ? "success" : "info",
        text: saved > 0 ? `${saved} pictures recorded.` : "There is no mask to record yet.",
      });
  }

  /** What an output takes: all kept in the list of all objects, all visible for a group, else the active object. */
  targets(): readonly (PanelObject & { readonly parent?: string | null })[] {
    const { mode, output } = this.settings.settings.value;
    if (mode === "objects") return this.proposer.keptAsObjects();
    return output === "group" ? this.shown() : this.chosen();
  }

  /** Applies the targets as the settings say. */
  async apply(): Promise<void> {
    const { output, selectionMode } = this.settings.settings.value;
    const objects = this.targets();
    const done = await this.run("Applying", (signal) =>
      applyObjects(this.#source(), objects, outputOf(output, selectionMode), signal),
    );
    if (!done) return;
    this.applied.set(new Set(objects.map(({ id }) => id)));
    this.newObject();
    this.tell({ tone: "success", text: `${APPLIED[output]} made from ${namesOf(objects)}.` });
  }

  async exportAs(kind: FileKind): Promise<void> {
    const { mode } = this.settings.settings.value;
    const objects = mode === "objects" ? this.targets() : kind === "cut-out" ? this.chosen() : this.shown();
    let saved = false;
    const done = await this.run("Writing the file", async (signal) => {
      saved = await exportObjects(this.#source(), objects, kind, signal);
    });
    if (done && saved) this.tell({ tone: "success", text: `${namesOf(objects)} saved.` });
  }

  /** The active object, else the only one. */
  chosen(): readonly PanelObject[] {
    const active = this.active;
    const shown = this.shown();
    return active ? [active] : shown.slice(-1);
  }

  shown(): readonly PanelObject[] {
    return this.work.work.objects.filter(({ visible }) => visible);
  }

  /** What runs the model and why, in one sentence. */
  engineSentence(): string {
    const { info, phase, left } = this.engineStatus.value;
    if (!info) return phase === "failed" ? "The engine did not start" : "The engine has not started yet";
    const before = left.length > 0 ? ` Left behind: ${left.join("; ")}.` : "";
    return `${planName(info)}: ${info.reason}.${before}`;
  }

  #follow(): void {
    this.#stops.push(
      this.engine.onStatus((status) => this.engineStatus.set(status)),
      this.host.on("document", (document) => this.#open(document)),
      this.host.on("selectionDrawn", ({ x0, y0, x1, y1 }) => this.prompt({ kind: "box", box: { x0, y0, x1, y1 } })),
      this.host.on("pointPlaced", ({ point: { x, y }, foreground }) =>
        this.prompt({ kind: "point", at: { x, y }, foreground }),
      ),
      this.work.history.subscribe(({ present }, before) => {
        if (present.active !== null || present.proposals !== before.present.proposals) this.applied.set(new Set());
        if (present.objects !== before.present.objects) this.answers.setObjects(present.objects);
      }),
      this.picture.picture.subscribe(({ embedding, phase }, before) => {
        if (embedding !== before.embedding) this.answers.setEmbedding(embedding);
        if (phase === before.phase || phase !== "ready") return;
        this.speak("The picture is ready: click an object");
        this.#prefill();
      }),
      this.answers.answers.subscribe((answers, before) => this.#speakAnswer(answers, before)),
    );
  }

  #open(document: HostDocument | null): void {
    const before = this.document;
    if (before?.id !== document?.id) {
      this.preview.clear();
      this.answers.reset();
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

  #prefilled(): boolean {
    const { mode, prefill } = this.settings.settings.value;
    return mode === "label" && prefill && this.proposer.kept().length > 0;
  }

  /** The open picture's masks for its record: made by hand, and where labelling began with automatic ones, those kept. */
  async #collect(): Promise<{ picture: FilePicture; items: FileItem[] } | null> {
    const { document } = this;
    if (!document) return null;
    const byHand = this.shown().flatMap((object) => {
      const answer = this.answers.answers.value.get(object.id);
      const candidate = answer?.candidates[answer.chosen];
      return candidate ? [fileItem(object, candidate)] : [];
    });
    const { prefill } = this.settings.settings.value;
    const automatic = prefill
      ? this.proposer.keptAsObjects().map((object) => fileItem(object, candidateOf(object)))
      : [];
    return { picture: document, items: [...automatic, ...byHand] };
  }

  #source() {
    return {
      host: this.host,
      document: () => this.document,
      soft: (object: PanelObject, signal: AbortSignal): Promise<Candidate> =>
        givenMask(object) ? Promise.resolve(candidateOf(object)) : this.answers.soft(object, signal),
    };
  }
}

/** A finished mask as the answer it stands for. */
function candidateOf(object: PanelObject): Candidate {
  return givenCandidate(givenMask(object)!);
}

/** The engine's way to find all objects, on the picture that is open. */
function generateWith(engine: EngineClient, { picture }: PictureReader): Generate {
  return async (_, { auto, signal, onMasks }) => {
    const { raster, document } = picture.value;
    if (!raster || !document) throw new MasksmithError("state", "The picture has not been read yet");
    let masks: readonly ObjectMask[] = [];
    let fraction = 0;
    return engine.generate(raster, {
      auto,
      document: size("document", document.width, document.height),
      signal,
      onMasks: (found) => {
        masks = found;
        onMasks(masks, fraction);
      },
      onProgress: (progress) => {
        fraction = progress.fraction;
        onMasks(masks, fraction);
      },
    });
  };
}
