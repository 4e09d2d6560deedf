import {
  type Candidate,
  type Embedding,
  logitsToSoft,
  MasksmithError,
  type Prediction,
  type PredictOptions,
  type Prompt,
} from "@masksmith/core";
import type { Ranked } from "../../engine/index.js";
import { type PanelObject, type Step, Store } from "../../state/index.js";
import {
  type AnsweredObject,
  type Answers,
  answerOf,
  givenCandidate,
  isOpen,
  NO_ANSWER,
  type ObjectAnswer,
} from "./objectAnswer.js";
import { givenMask, promptAt, stepsKey } from "./prompts.js";
import { Ranking } from "./ranking.js";
import { Remembered } from "./remembered.js";

export interface Predictor {
  predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]>;
  /** Says which answer is likeliest meant; without it the model's own order stands. */
  rank?(
    embedding: Embedding,
    prompt: Prompt,
    first: Prediction,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Ranked>;
}

/** Predictions remembered with their logits (about 1 MB each), so that undo and choosing again cost nothing. */
const REMEMBERED = 48;

/**
 * Keeps an answer to each object's prompts. Only what is not known is asked: after an undo, a choice or a rename the
 * remembered predictions serve. Steps before the last are answered first where they are unknown (after a reload), since
 * each answer is the next question's mask prompt.
 */
export class AnswerKeeper {
  readonly answers = new Store<Answers>(new Map());
  /** Where the answer to a whole object may be known already: a preview of the click that came. */
  preview: (embedding: Embedding, steps: readonly Step[]) => Promise<Prediction> | undefined = () => undefined;
  readonly #engine: Predictor;
  readonly #ranking: Ranking;
  readonly #known = new Remembered<Prediction>(REMEMBERED);
  readonly #asking = new Map<string, { readonly key: string; readonly abort: AbortController }>();
  /** Each object keeps the picture it was begun on: an applied mask changes the picture, not the objects found before. */
  readonly #begunOn = new Map<string, Embedding>();
  #embedding: Embedding | null = null;
  #objects: readonly PanelObject[] = [];

  constructor(engine: Predictor) {
    this.#engine = engine;
    this.#ranking = new Ranking(engine, () => this.#show());
  }

  /** Whether answers are ranked anew, or stay in the model's own order. */
  set recommends(on: boolean) {
    this.#ranking.on = on;
    this.#show();
  }

  /** Whether an answer is under way. */
  get busy(): boolean {
    return [...this.answers.value.values()].some(({ asking, ranking }) => asking || ranking);
  }

  /** Whether the engine has a question to answer before anything can be shown. */
  get asking(): boolean {
    return this.#asking.size > 0;
  }

  /** Another document: nothing of the last one counts. */
  reset(): void {
    for (const id of [...this.#asking.keys()]) this.#stop(id);
    this.#ranking.stop();
    this.#begunOn.clear();
    this.#embedding = null;
    this.#objects = [];
    this.answers.set(new Map());
  }

  /** The picture as it is now; objects begun on an earlier state of it stay there while sizes agree. */
  setEmbedding(embedding: Embedding | null): void {
    this.#embedding = embedding;
    if (!embedding) return;
    for (const [id, begun] of this.#begunOn) {
      if (!sameSize(begun, embedding) || begun.model !== embedding.model) this.#begunOn.delete(id);
    }
    this.setObjects(this.#objects);
  }

  setObjects(objects: readonly PanelObject[]): void {
    this.#objects = objects;
    const ids = new Set(objects.map(({ id }) => id));
    for (const id of [...this.#asking.keys()]) if (!ids.has(id)) this.#stop(id);
    for (const id of this.#begunOn.keys()) if (!ids.has(id)) this.#begunOn.delete(id);
    this.#show();
  }

  /** Resolves when no answer is under way any more, or after this long. */
  settled(mostMs: number): Promise<void> {
    if (this.#asking.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(late);
        stop();
        resolve();
      };
      const late = setTimeout(finish, mostMs);
      const stop = this.answers.subscribe(() => {
        if (this.#asking.size === 0) finish();
      });
    });
  }

  /** Asks again where the last try failed. */
  retry(): void {
    this.answers.set(new Map());
    this.#show();
  }

  /** The picture an object is asked on. */
  embeddingOf(id: string | null): Embedding | null {
    return (id !== null && this.#begunOn.get(id)) || this.#embedding;
  }

  /** Logits shown before the last step, if they are known: what a preview of that step builds on. */
  logitsBefore(embedding: Embedding, steps: readonly Step[]): Candidate["logits"] {
    if (steps.length < 2) return undefined;
    const key = keyOf(embedding, steps, steps.length - 1);
    const known = this.#known.get(key);
    return known && chosenOf(known, this.#ranking.known(key), steps.at(-2)!)?.logits;
  }

  /** What is shown of an object, and what was asked for it; null while that is not settled. */
  answered(object: PanelObject): AnsweredObject | null {
    const given = givenMask(object);
    if (given) return { object, key: stepsKey(object.steps, 1), candidate: givenCandidate(given), asked: null };
    const answer = this.answers.value.get(object.id);
    const candidate = answer?.candidates[answer.chosen];
    const embedding = this.embeddingOf(object.id);
    if (!candidate || !embedding || answer.asking) return null;
    const { steps } = object;
    const key = `${keyOf(embedding, steps, steps.length)}#${answer.chosen}`;
    return { object, key, candidate, asked: { embedding, prompt: promptAt(steps, steps.length, undefined) } };
  }

  /** The chosen candidate with soft edges, for output. */
  async soft(object: PanelObject, signal?: AbortSignal): Promise<Candidate> {
    const answer = this.answers.value.get(object.id);
    const shown = answer?.candidates[answer.chosen];
    const embedding = this.embeddingOf(object.id);
    const given = givenMask(object);
    if (given) return givenCandidate(given);
    if (!shown || answer.asking) throw new MasksmithError("state", `${object.name} has no mask yet`);
    if (!embedding) return shown;
    const own = this.#knownOf(embedding, object)?.candidates.length ?? 0;
    if (answer.chosen >= own && shown.logits)
      return { ...shown, soft: logitsToSoft(shown.logits, embedding.placement, 0) };
    const before = await this.#before(embedding, object.steps, signal);
    const prompt = promptAt(object.steps, object.steps.length, before);
    const options = { soft: true, ...(signal ? { signal } : {}) };
    const [prediction] = await this.#engine.predict(embedding, [prompt], options);
    return prediction!.candidates[answer.chosen] ?? shown;
  }

  /** Makes the answers anew of what is known, and asks for the rest. */
  #show(): void {
    const answers = new Map<string, ObjectAnswer>();
    for (const object of this.#objects) answers.set(object.id, this.#answerNow(object));
    this.answers.set(answers);
    this.#rankNext();
  }

  #answerNow(object: PanelObject): ObjectAnswer {
    const given = givenMask(object);
    if (given) return { ...NO_ANSWER, candidates: [givenCandidate(given)] };
    const embedding = this.embeddingOf(object.id);
    const key = keyOf(embedding, object.steps, object.steps.length);
    const known = this.#known.get(key);
    if (known) {
      this.#stop(object.id);
      return answerOf(known, this.#ranking.shown(key), object.steps, this.#wantsRanking(object, key, known));
    }
    const before = this.answers.value.get(object.id) ?? NO_ANSWER;
    if (embedding && this.#asking.get(object.id)?.key !== key) void this.#ask(embedding, object, key);
    return { ...before, asking: true, ranking: false, error: null };
  }

  async #ask(embedding: Embedding, object: PanelObject, key: string): Promise<void> {
    this.#stop(object.id);
    this.#ranking.stop();
    const abort = new AbortController();
    this.#asking.set(object.id, { key, abort });
    this.#begunOn.set(object.id, embedding);
    try {
      const before = await this.#before(embedding, object.steps, abort.signal);
      await this.#predict(embedding, object.steps, object.steps.length, before, abort.signal);
      if (this.#asking.get(object.id)?.key !== key) return;
      this.#asking.delete(object.id);
      this.#show();
    } catch (error) {
      if (abort.signal.aborted || this.#asking.get(object.id)?.key !== key) return;
      this.#asking.delete(object.id);
      const last = this.answers.value.get(object.id) ?? NO_ANSWER;
      const message = error instanceof Error ? error.message : String(error);
      const failed = { ...last, asking: false, ranking: false, error: message };
      this.answers.set(new Map(this.answers.value).set(object.id, failed));
    }
  }

  #wantsRanking({ steps }: PanelObject, key: string, { candidates }: Prediction): boolean {
    const choice = steps.at(-1)!.choice;
    const decided = choice !== null && choice < candidates.length;
    return isOpen(steps) && !decided && this.#ranking.wants(key);
  }

  /** Ranks the answer of the newest object that wants it, once nothing is being asked. */
  #rankNext(): void {
    if (this.#asking.size > 0) return;
    for (const object of [...this.#objects].reverse()) {
      const embedding = this.embeddingOf(object.id);
      const known = embedding && this.#knownOf(embedding, object);
      if (!known || givenMask(object)) continue;
      const key = keyOf(embedding, object.steps, object.steps.length);
      if (!this.#wantsRanking(object, key, known)) continue;
      this.#ranking.start(key, embedding, promptAt(object.steps, 1, undefined), known);
      return;
    }
    this.#ranking.stop();
  }

  #knownOf(embedding: Embedding, { steps }: PanelObject): Prediction | undefined {
    return this.#known.get(keyOf(embedding, steps, steps.length));
  }

  #stop(id: string): void {
    this.#asking.get(id)?.abort.abort();
    this.#asking.delete(id);
  }

  /** Logits of the chosen candidate of the step before the last; asked for if not known. */
  async #before(embedding: Embedding, steps: readonly Step[], signal: AbortSignal | undefined) {
    if (steps.length < 2) return undefined;
    let logits: Candidate["logits"];
    for (let count = 1; count < steps.length; count++) {
      const step = steps[count - 1];
      if (step.act.kind === "given") continue;
      const key = keyOf(embedding, steps, count);
      const known = this.#known.get(key) ?? (await this.#predict(embedding, steps, count, logits, signal));
      // What ranking found was chosen: it must be found again.
      if ((step.choice ?? 0) >= known.candidates.length)
        await this.#ranking.finish(key, embedding, promptAt(steps, count, undefined), known, signal);
      logits = chosenOf(known, this.#ranking.known(key), step)?.logits;
    }
    return logits;
  }

  async #predict(
    embedding: Embedding,
    steps: readonly Step[],
    count: number,
    before: Candidate["logits"],
    signal: AbortSignal | undefined,
  ): Promise<Prediction> {
    const key = keyOf(embedding, steps, count);
    const preview = await this.preview(embedding, steps.slice(0, count))?.catch(() => undefined);
    if (preview) {
      this.#known.set(key, preview);
      return preview;
    }
    const options = { logits: true, ...(signal ? { signal } : {}) };
    const [prediction] = await this.#engine.predict(embedding, [promptAt(steps, count, before)], options);
    this.#known.set(key, prediction!);
    return prediction!;
  }
}

function keyOf(embedding: Embedding | null, steps: readonly Step[], count: number): string {
  return `${embedding?.id ?? ""}|${stepsKey(steps, count)}`;
}

function sameSize(a: Embedding, b: Embedding): boolean {
  const [x, y] = [a.placement.document, b.placement.document];
  return x.width === y.width && x.height === y.height;
}

/** The candidate that a step showed. A step that another followed has its choice written down. */
function chosenOf(known: Prediction, ranked: Ranked | undefined, { choice }: Step): Candidate | undefined {
  const candidates = ranked ? [...known.candidates, ...ranked.more] : known.candidates;
  return candidates[choice ?? known.recommended];
}
