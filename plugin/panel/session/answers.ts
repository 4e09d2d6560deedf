import {
  type Candidate,
  type Embedding,
  MasksmithError,
  type Prediction,
  type PredictOptions,
  type Prompt,
  rleArea,
  rleBox,
} from "@masksmith/core";
import { type PanelObject, type Step, Store } from "../state/index.js";
import { givenMask, promptAt, stepsKey } from "./prompts.js";

/** What the model says to an object's prompts. */
export interface ObjectAnswer {
  readonly candidates: readonly Candidate[];
  /** Index of the one shown: the user's choice or the recommended one. */
  readonly chosen: number;
  /** True while a newer question is being asked; the candidates are still the old ones. */
  readonly asking: boolean;
  readonly error: string | null;
}

export type Answers = ReadonlyMap<string, ObjectAnswer>;

export interface Predictor {
  predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]>;
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
  readonly #known = new Map<string, Prediction>();
  readonly #asking = new Map<string, { readonly key: string; readonly abort: AbortController }>();
  /** Each object keeps the picture it was begun on: an applied mask changes the picture, not the objects found before. */
  readonly #begunOn = new Map<string, Embedding>();
  #embedding: Embedding | null = null;
  #objects: readonly PanelObject[] = [];

  constructor(engine: Predictor) {
    this.#engine = engine;
  }

  /** Another document: nothing of the last one counts. */
  reset(): void {
    for (const id of [...this.#asking.keys()]) this.#stop(id);
    this.#begunOn.clear();
    this.#embedding = null;
    this.#objects = [];
    this.answers.set(new Map());
  }

  /** The picture as it is now; objects begun on an earlier state of it stay there while sizes agree. */
  setEmbedding(embedding: Embedding | null): void {
    this.#embedding = embedding;
    if (!embedding) return;
    for (const [id, begun] of this.#begunOn) if (!sameSize(begun, embedding)) this.#begunOn.delete(id);
    this.setObjects(this.#objects);
  }

  setObjects(objects: readonly PanelObject[]): void {
    this.#objects = objects;
    const answers = new Map<string, ObjectAnswer>();
    for (const object of objects) answers.set(object.id, this.#answerNow(object));
    for (const [id, { abort }] of this.#asking) {
      if (answers.has(id)) continue;
      abort.abort();
      this.#asking.delete(id);
    }
    for (const id of this.#begunOn.keys()) if (!answers.has(id)) this.#begunOn.delete(id);
    this.answers.set(answers);
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
    this.setObjects(this.#objects);
  }

  /** The picture an object is asked on. */
  embeddingOf(id: string | null): Embedding | null {
    return (id !== null && this.#begunOn.get(id)) || this.#embedding;
  }

  /** Logits shown before the last step, if they are known: what a preview of that step builds on. */
  logitsBefore(embedding: Embedding, steps: readonly Step[]): Candidate["logits"] {
    if (steps.length < 2) return undefined;
    const known = this.#known.get(keyOf(embedding, steps, steps.length - 1));
    return known?.candidates[steps.at(-2)!.choice ?? known.recommended]?.logits;
  }

  /** The chosen candidate with soft edges, for output. */
  async soft(object: PanelObject, signal?: AbortSignal): Promise<Candidate> {
    const answer = this.answers.value.get(object.id);
    const shown = answer?.candidates[answer.chosen];
    if (!shown || answer.asking) throw new MasksmithError("state", `${object.name} has no mask yet`);
    const embedding = this.embeddingOf(object.id);
    if (givenMask(object) || !embedding) return shown;
    const before = await this.#before(embedding, object.steps, signal);
    const prompt = promptAt(object.steps, object.steps.length, before);
    const [prediction] = await this.#engine.predict(embedding, [prompt], {
      soft: true,
      ...(signal ? { signal } : {}),
    });
    return prediction!.candidates[answer.chosen] ?? shown;
  }

  #answerNow(object: PanelObject): ObjectAnswer {
    const given = givenMask(object);
    if (given) return { candidates: [givenCandidate(given)], chosen: 0, asking: false, error: null };
    const embedding = this.embeddingOf(object.id);
    const key = keyOf(embedding, object.steps, object.steps.length);
    const known = this.#known.get(key);
    if (known) {
      this.#stop(object.id);
      return answerOf(known, object.steps);
    }
    const before = this.answers.value.get(object.id);
    if (embedding && this.#asking.get(object.id)?.key !== key) void this.#ask(embedding, object, key);
    return { candidates: before?.candidates ?? [], chosen: before?.chosen ?? 0, asking: true, error: null };
  }

  async #ask(embedding: Embedding, object: PanelObject, key: string): Promise<void> {
    this.#stop(object.id);
    const abort = new AbortController();
    this.#asking.set(object.id, { key, abort });
    this.#begunOn.set(object.id, embedding);
    try {
      const before = await this.#before(embedding, object.steps, abort.signal);
      const prediction = await this.#predict(embedding, object.steps, object.steps.length, before, abort.signal);
      this.#settle(object.id, key, answerOf(prediction, object.steps));
    } catch (error) {
      if (abort.signal.aborted) return;
      const last = this.answers.value.get(object.id);
      const message = error instanceof Error ? error.message : String(error);
      this.#settle(object.id, key, {
        candidates: last?.candidates ?? [],
        chosen: last?.chosen ?? 0,
        asking: false,
        error: message,
      });
    }
  }

  #settle(id: string, key: string, answer: ObjectAnswer): void {
    if (this.#asking.get(id)?.key !== key) return;
    this.#asking.delete(id);
    const object = this.#objects.find((other) => other.id === id);
    if (!object) return;
    const known = this.#known.get(key);
    const shown = known && !answer.error ? answerOf(known, object.steps) : answer;
    this.answers.set(new Map(this.answers.value).set(id, shown));
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
      if (steps[count - 1]!.act.kind === "given") continue;
      const known = this.#known.get(keyOf(embedding, steps, count));
      const prediction = known ?? (await this.#predict(embedding, steps, count, logits, signal));
      logits = prediction.candidates[steps[count - 1]!.choice ?? prediction.recommended]?.logits;
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
      this.#put(key, preview);
      return preview;
    }
    const options = { logits: true, ...(signal ? { signal } : {}) };
    const [prediction] = await this.#engine.predict(embedding, [promptAt(steps, count, before)], options);
    this.#put(key, prediction!);
    return prediction!;
  }

  #put(key: string, prediction: Prediction): void {
    this.#known.delete(key);
    this.#known.set(key, prediction);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) return;
      this.#known.delete(oldest);
    }
  }
}

function keyOf(embedding: Embedding | null, steps: readonly Step[], count: number): string {
  return `${embedding?.id ?? ""}|${stepsKey(steps, count)}`;
}

function sameSize(a: Embedding, b: Embedding): boolean {
  const [x, y] = [a.placement.document, b.placement.document];
  return x.width === y.width && x.height === y.height;
}

function answerOf(prediction: Prediction, steps: readonly Step[]): ObjectAnswer {
  const choice = steps.at(-1)!.choice ?? prediction.recommended;
  const chosen = Math.min(choice, prediction.candidates.length - 1);
  return { candidates: prediction.candidates, chosen, asking: false, error: null };
}

export function givenCandidate(given: NonNullable<ReturnType<typeof givenMask>>): Candidate {
  const { mask, predictedIou } = given;
  return { token: 0, predictedIou, stabilityScore: 1, area: rleArea(mask), bbox: rleBox(mask), mask };
}
