import { type Candidate, type Embedding, MasksmithError, messageOf, type Prediction } from "@masksmith/core";
import { type PanelObject, Store } from "../../state/index.js";
import { Alternatives, isPicked } from "./alternatives.js";
import {
  type AnsweredObject,
  type Answers,
  answerOf,
  givenCandidate,
  isOpen,
  NO_ANSWER,
  type ObjectAnswer,
} from "./objectAnswer.js";
import { type Predictions, questionKey } from "./predictions.js";
import { givenMask, lookPromptOf, stepsKey } from "./prompts.js";

/** Keeps an answer to each object's prompts, and asks for those that are not known. */
export class Answering {
  readonly answers = new Store<Answers>(new Map());
  readonly #predictions: Predictions;
  readonly #alternatives: Alternatives;
  readonly #asking = new Map<string, { readonly key: string; readonly abort: AbortController }>();
  /** Each object keeps the picture it was begun on: an applied mask changes the picture, not the objects found before. */
  readonly #begunOn = new Map<string, Embedding>();
  #embedding: Embedding | null = null;
  #objects: readonly PanelObject[] = [];

  constructor(predictions: Predictions) {
    this.#predictions = predictions;
    this.#alternatives = new Alternatives(predictions, () => this.#show());
  }

  /** Whether a prompt that one mask answers gets alternatives. */
  set offersAlternatives(on: boolean) {
    this.#alternatives.on = on;
    this.#show();
  }

  /** Whether an answer is under way. */
  get busy(): boolean {
    return [...this.answers.value.values()].some(({ asking, extending }) => asking || extending);
  }

  /** Whether the engine has a question to answer before anything can be shown. */
  get asking(): boolean {
    return this.#asking.size > 0;
  }

  /** Another document: nothing of the last one counts. */
  reset(): void {
    for (const id of [...this.#asking.keys()]) this.#stop(id);
    this.#alternatives.stop();
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

  /** What is shown of an object, and what was asked for it; null while that is not settled. */
  answered(object: PanelObject): AnsweredObject | null {
    const { steps } = object;
    const given = givenMask(object);
    if (given) return { object, key: stepsKey(steps), candidate: givenCandidate(given), asked: null };
    const answer = this.answers.value.get(object.id);
    const candidate = answer?.candidates[answer.chosen];
    const embedding = this.embeddingOf(object.id);
    if (!candidate || !embedding || answer.asking) return null;
    const key = `${questionKey(embedding, steps)}#${answer.chosen}`;
    return { object, key, candidate, asked: { embedding, prompt: lookPromptOf(steps) } };
  }

  /** The chosen candidate with soft edges, for output. @throws MasksmithError `state` if there is none yet */
  async soft(object: PanelObject, signal?: AbortSignal): Promise<Candidate> {
    const given = givenMask(object);
    if (given) return givenCandidate(given);
    const answer = this.answers.value.get(object.id);
    const candidate = answer?.candidates[answer.chosen];
    if (!candidate || answer.asking) throw new MasksmithError("state", `${object.name} has no mask yet`);
    const embedding = this.embeddingOf(object.id);
    if (!embedding) return candidate;
    return this.#predictions.soft(embedding, object.steps, { candidate, index: answer.chosen }, signal);
  }

  /** Makes the answers from what is known, and asks for the rest. */
  #show(): void {
    const answers = new Map<string, ObjectAnswer>();
    for (const object of this.#objects) answers.set(object.id, this.#answerNow(object));
    this.answers.set(answers);
    this.#extendNext();
  }

  #answerNow(object: PanelObject): ObjectAnswer {
    const given = givenMask(object);
    if (given) return { ...NO_ANSWER, candidates: [givenCandidate(given)] };
    const { steps } = object;
    const embedding = this.embeddingOf(object.id);
    const known = embedding && this.#predictions.known(embedding, steps);
    const before = this.answers.value.get(object.id) ?? NO_ANSWER;
    if (known) {
      this.#stop(object.id);
      const extending = this.#wantsAlternatives(embedding, object, known);
      // The one that the user picked before a reload is still to come: nothing else is shown in its place.
      if (extending && isPicked(steps, known)) return { ...before, asking: true, extending: true, error: null };
      return answerOf(known, this.#alternatives.shown(embedding, steps, known), steps, extending);
    }
    const key = questionKey(embedding, steps);
    if (embedding && this.#asking.get(object.id)?.key !== key) void this.#ask(embedding, object, key);
    return { ...before, asking: true, extending: false, error: null };
  }

  async #ask(embedding: Embedding, object: PanelObject, key: string): Promise<void> {
    this.#stop(object.id);
    this.#alternatives.stop();
    const abort = new AbortController();
    this.#asking.set(object.id, { key, abort });
    this.#begunOn.set(object.id, embedding);
    try {
      await this.#predictions.ask(embedding, object.steps, abort.signal);
      if (this.#asking.get(object.id)?.key !== key) return;
      this.#asking.delete(object.id);
      this.#show();
    } catch (error) {
      if (abort.signal.aborted || this.#asking.get(object.id)?.key !== key) return;
      this.#asking.delete(object.id);
      const last = this.answers.value.get(object.id) ?? NO_ANSWER;
      const message = messageOf(error);
      const failed = { ...last, asking: false, extending: false, error: message };
      this.answers.set(new Map(this.answers.value).set(object.id, failed));
    }
  }

  #wantsAlternatives(embedding: Embedding, { steps }: PanelObject, known: Prediction): boolean {
    return isOpen(steps) && this.#alternatives.wants(embedding, steps, known);
  }

  /** Finds alternatives for the newest object that wants them, once nothing is being asked. */
  #extendNext(): void {
    if (this.#asking.size > 0) return;
    for (const object of [...this.#objects].reverse()) {
      const embedding = this.embeddingOf(object.id);
      const known = embedding && this.#predictions.known(embedding, object.steps);
      if (!known || givenMask(object) || !this.#wantsAlternatives(embedding, object, known)) continue;
      this.#alternatives.start(embedding, object.steps, known);
      return;
    }
    this.#alternatives.stop();
  }

  #stop(id: string): void {
    this.#asking.get(id)?.abort.abort();
    this.#asking.delete(id);
  }
}

function sameSize(a: Embedding, b: Embedding): boolean {
  const [x, y] = [a.placement.document, b.placement.document];
  return x.width === y.width && x.height === y.height;
}
