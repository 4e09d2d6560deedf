import { type Candidate, MasksmithError, messageOf, unlessAborted } from "@masksmith/core";
import type { Host, HostDocument } from "../../host.js";
import { LruCache, type PanelObject, Store } from "../../state/index.js";
import type { AnsweredObject, Answering } from "../answering/index.js";
import type { DocumentReader } from "../document/index.js";
import {
  finished,
  type Looker,
  type PixelTools,
  type Refined,
  type RefinementSettings,
  type RefinementSource,
  type RefinementStage,
  refined,
} from "./refinement.js";

export interface RefinerNeeds {
  readonly host: Pick<Host, "readPixels">;
  readonly answering: Answering;
  readonly document: Pick<DocumentReader, "current" | "embedding" | "settled">;
  readonly tools: PixelTools & Looker;
  settings(): RefinementSettings;
  /** Objects to refine in the background, most wanted first. */
  wanted(): readonly PanelObject[];
}

/** What is going on in the background. */
export interface RefinerState {
  readonly stage: RefinementStage | "Cleaning up" | null;
  /** Why the last try failed, in words a user may read. */
  readonly error: string | null;
}

interface Result {
  /** Of the answer it is made of. */
  readonly answer: string;
  readonly key: string;
  readonly candidate: Candidate;
  readonly tooLarge: boolean;
}

interface Job {
  readonly key: string;
  readonly abort: AbortController;
  readonly result: Promise<Candidate>;
}

/** How long nothing must have been asked before refinement begins: whoever clicks on wants the next answer first. */
const QUIET_MS = 250;
/** Bytes of soft masks before clean-up that are kept, so that sliders move live. */
const KEPT_BYTES = 96 * 2 ** 20;

/**
 * Refines the model's answers in the background, one at a time: a second look, edges, clean-up. A newer act of the user ends
 * what is under way; it is taken up again when nothing else is to be done. Outputs ask for what is not done yet.
 */
export class Refiner {
  readonly state = new Store<RefinerState>({ stage: null, error: null });
  /** Changes when another mask is to be shown. */
  readonly results = new Store<ReadonlyMap<string, Result>>(new Map());
  readonly #needs: RefinerNeeds;
  readonly #made = new LruCache<Refined>(KEPT_BYTES, ({ soft }) => soft?.data.byteLength ?? 0);
  /** Not tried again by itself: failed, or stopped by the user. */
  readonly #givenUp = new Set<string>();
  #job: Job | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #held = 0;

  constructor(needs: RefinerNeeds) {
    this.#needs = needs;
  }

  /** Another document: nothing of the last one counts. */
  reset(): void {
    this.#end();
    this.#made.clear();
    this.#givenUp.clear();
    this.results.set(new Map());
    this.state.set({ stage: null, error: null });
  }

  /** The refined mask of what is shown of an object; while a setting changes, the last one. */
  shown(object: PanelObject): Candidate | null {
    return this.#result(object)?.candidate ?? null;
  }

  /** Whether an object's edges are the model's own because it is too large for better ones. */
  isTooLarge(object: PanelObject): boolean {
    return this.#result(object)?.tooLarge === true;
  }

  #result(object: PanelObject): Result | undefined {
    const result = this.results.value.get(object.id);
    return result && result.answer === this.#needs.answering.answered(object)?.key ? result : undefined;
  }

  /** Whether nothing is left to do in the background. */
  get idle(): boolean {
    return !this.#job && !this.#needs.answering.busy && this.#next() === null;
  }

  /** Something has changed: answers, settings, objects. */
  update(): void {
    clearTimeout(this.#timer);
    this.#forget();
    if (this.#held > 0) return;
    const next = this.#next();
    if (this.#job && this.#job.key !== next?.key) this.#end();
    if (!next || this.#job) return;
    // A mask that only needs its clean-up follows a slider at once.
    const delay = this.#made.get(next.refinedKey) ? 0 : QUIET_MS;
    this.#timer = setTimeout(() => this.#begin(next.answered, next.key), delay);
  }

  /** Ends what goes on; it is not begun again before something changes or `retry`. */
  stop(): void {
    if (this.#job) this.#givenUp.add(this.#job.key);
    this.#end();
    this.update();
  }

  retry(): void {
    this.#givenUp.clear();
    this.state.update({ error: null });
    this.update();
  }

  /** The mask for an output, refined now if it is not yet. @throws MasksmithError `state` if there is no answer. */
  async final(object: PanelObject, signal: AbortSignal): Promise<Candidate> {
    const answered = this.#needs.answering.answered(object);
    if (!answered) throw new MasksmithError("state", `${object.name} has no mask yet`);
    const key = this.#resultKey(answered);
    const known = this.results.value.get(object.id);
    this.#held++;
    try {
      if (!known && !this.#made.get(this.#refinedKey(answered))) await this.#needs.document.settled(signal);
      if (this.#job?.key !== key) this.#end();
      const refined =
        known?.key === key
          ? known.candidate
          : await unlessAborted((this.#job ?? this.#start(answered, key)).result, signal);
      return refined.soft ? refined : await this.#needs.answering.soft(object, signal);
    } finally {
      this.#held--;
      if (signal.aborted) this.#end();
      this.update();
    }
  }

  /** Drops the masks of objects that are gone. */
  #forget(): void {
    const { value: known } = this.#needs.answering.answers;
    const kept = [...this.results.value].filter(([id]) => known.has(id));
    if (kept.length < this.results.value.size) this.results.set(new Map(kept));
  }

  #next() {
    const { answering, document } = this.#needs;
    if (answering.busy || !document.current) return null;
    for (const object of this.#needs.wanted()) {
      const answered = answering.answered(object);
      if (!answered) continue;
      const key = this.#resultKey(answered);
      if (this.results.value.get(object.id)?.key === key || this.#givenUp.has(key)) continue;
      if (!this.#isCurrent(answered) && !this.#made.get(this.#refinedKey(answered))) continue;
      return { answered, key, refinedKey: this.#refinedKey(answered) };
    }
    return null;
  }

  #begin(answered: AnsweredObject, key: string): void {
    if (this.#job || this.#held > 0) return;
    const { abort, result } = this.#start(answered, key);
    result.then(
      () => this.update(),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        this.#givenUp.add(key);
        this.state.set({ stage: null, error: messageOf(error) });
        this.update();
      },
    );
  }

  #start(answered: AnsweredObject, key: string): Job {
    clearTimeout(this.#timer);
    const abort = new AbortController();
    const result = this.#run(answered, key, abort.signal);
    const job = { key, abort, result };
    this.#job = job;
    const done = () => {
      if (this.#job !== job) return;
      this.#job = null;
      this.state.update({ stage: null });
    };
    result.then(done, done);
    return job;
  }

  async #run(answered: AnsweredObject, key: string, signal: AbortSignal): Promise<Candidate> {
    const { tools, settings, document } = this.#needs;
    const set = settings();
    const open = document.current!;
    const refinedKey = this.#refinedKey(answered);
    const show = (stage: RefinerState["stage"]) => {
      if (!signal.aborted) this.state.set({ stage, error: null });
    };
    const source = this.#source(answered, open);
    const known = this.#made.get(refinedKey);
    const base = known ?? (await refined(answered, set, source, tools, signal, show));
    // Without its pixels a mask has only the model's own edges: nothing to keep.
    const isWorth = known !== undefined || source.current;
    if (isWorth) this.#made.set(refinedKey, base);
    show("Cleaning up");
    const candidate = await finished(base, set, source, tools, signal);
    if (signal.aborted) throw new MasksmithError("aborted", "The operation was cancelled");
    const { id } = answered.object;
    if (isWorth && this.#needs.answering.answers.value.has(id))
      this.results.set(
        new Map(this.results.value).set(id, { answer: answered.key, key, candidate, tooLarge: base.tooLarge === true }),
      );
    return candidate;
  }

  #source(answered: AnsweredObject, document: HostDocument): RefinementSource {
    const { host, answering } = this.#needs;
    return {
      document,
      current: this.#isCurrent(answered),
      readPixels: async (region, maxSide, signal) => {
        const pixels = await host.readPixels(region, maxSide, signal);
        if (pixels.version === document.version) return pixels;
        throw new MasksmithError("state", "The image changed in the meantime");
      },
      soft: (signal) => answering.soft(answered.object, signal),
    };
  }

  /** Whether the object was found in the pixels that the document has now; taken over masks are taken to be. */
  #isCurrent({ asked }: AnsweredObject): boolean {
    const { embedding } = this.#needs.document;
    return asked ? asked.embedding.id === embedding?.id : embedding !== null;
  }

  #refinedKey({ key }: AnsweredObject): string {
    const { secondLook, edges } = this.#needs.settings();
    return `${key}|${secondLook}|${edges}`;
  }

  #resultKey(answered: AnsweredObject): string {
    return `${this.#refinedKey(answered)}|${Object.values(this.#needs.settings().cleanUp).join()}`;
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#job?.abort.abort();
    this.#job = null;
    if (this.state.value.stage) this.state.update({ stage: null });
  }
}
