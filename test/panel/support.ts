import {
  box,
  type Candidate,
  type Embedding,
  encodeRle,
  type Prediction,
  type PredictOptions,
  type Prompt,
  rleBox,
  size,
} from "@masksmith/core";
import type { HostDocument } from "../../panel/host.js";
import type { Predictor } from "../../panel/session/answering/predictor.js";
import type { DocumentReader, Picture } from "../../panel/session/document/index.js";
import { type PromptAct, Store } from "../../panel/state/index.js";

export const WIDTH = 40;
export const HEIGHT = 30;

/** A document as the host describes it. */
export const DOCUMENT: HostDocument = {
  id: "d",
  name: "d.png",
  width: WIDTH,
  height: HEIGHT,
  version: "1",
  activeLayer: null,
  refused: {},
};

export function embedding(id: string, width = WIDTH): Embedding {
  const document = size("document", width, HEIGHT);
  const placement = {
    document,
    region: box("document", 0, 0, width, HEIGHT),
    image: size("image", width, HEIGHT),
    content: size("model", 1024, 768),
    input: 1024,
  };
  return { id, model: "m", encoder: "e", placement };
}

/** A candidate that covers the first `area` pixels, row by row; its logits say its token. */
export function candidate(token: number, area: number): Candidate {
  const mask = encodeRle(new Uint8Array(WIDTH * HEIGHT).fill(1, 0, area), WIDTH, HEIGHT);
  const logits = { width: 4, height: 4, data: new Float32Array(16).fill(token) };
  return { token, predictedIou: 0.9, stabilityScore: 0.9, area, bbox: rleBox(mask), mask, logits };
}

/** Answers at once or when told to; remembers what it was asked. */
export class FakePredictor implements Predictor {
  readonly asked: { id: string; prompt: Prompt; options: PredictOptions | undefined }[] = [];
  readonly extended: Prompt[] = [];
  hold = false;
  readonly held: (() => void)[] = [];
  error: Error | null = null;
  /** How many candidates a prediction has, and which of them is recommended. */
  count = 3;
  recommended = 0;
  /** What else is found; absent: nothing. */
  alternatives?: NonNullable<Predictor["alternatives"]>;

  async predict(on: Embedding, [prompt]: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]> {
    this.asked.push({ id: on.id, prompt: prompt!, options });
    if (this.hold) await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.error) throw this.error;
    const n = this.asked.length;
    const candidates = [candidate(1, 100 + n), candidate(2, 50 + n), candidate(3, 10 + n)];
    return [{ candidates: candidates.slice(0, this.count), recommended: this.recommended }];
  }

  /** From now on predictions have one candidate, and these alternatives. */
  offers(answer: (signal: AbortSignal | undefined) => Promise<readonly Candidate[]>): void {
    this.count = 1;
    this.alternatives = (_, prompt, __, options) => {
      this.extended.push(prompt);
      return answer(options?.signal);
    };
  }
}

export const pointAct = (x: number, foreground = true): PromptAct => ({ kind: "point", at: { x, y: 5 }, foreground });
export const settle = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

/** An open document that has been read, as the session's parts see it. */
export function openDocument(current: () => HostDocument, embedding: () => Embedding) {
  const picture: DocumentReader["picture"] = new Store<Picture>({
    document: current(),
    phase: "ready",
    progress: null,
    encoding: null,
    embedding: embedding(),
    raster: null,
    error: null,
  });
  return {
    picture,
    get current() {
      return current();
    },
    get embedding() {
      return embedding();
    },
    settled: async () => undefined,
  };
}
