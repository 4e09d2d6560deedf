import type {
  Candidate,
  Embedding,
  EmbedOptions,
  Engine,
  LowResLogits,
  Prediction,
  PredictOptions,
  Prompt,
  Raster,
  Rle,
} from "@masksmith/core";
import { logitsToRle, rleArea, rleBox } from "@masksmith/core";
import { makePlacement } from "../../../core/prompt/transform.js";

/** A candidate that is only its mask. */
export function candidateOf(mask: Rle, token = 1, predictedIou = 0.9): Candidate {
  return { token, predictedIou, stabilityScore: 0.9, area: rleArea(mask), bbox: rleBox(mask), mask };
}

/** An embedding of a whole document or a region of it; no tensors. */
export function embeddingOf(width: number, height: number, options: EmbedOptions = {}): Embedding {
  const side = Math.max(width, height);
  const content = { width: Math.round((1024 * width) / side), height: Math.round((1024 * height) / side) };
  const placement = makePlacement({ width, height }, content, 1024, options);
  return { id: `${width}x${height}`, model: "fake", encoder: "fake", placement };
}

/** What a fake engine answers to one prompt on one embedding. */
export type Answering = (prompt: Prompt, embedding: Embedding, options: PredictOptions) => Candidate[];

/** An engine that records what it is asked. */
export class FakeEngine implements Engine {
  readonly info = {
    model: { id: "fake", name: "fake", version: "1", mark: "0" },
    encoder: "fake",
    backend: "wasm" as const,
    reason: "asked for",
    threads: 1,
  };
  /** Prompts of each predict call. */
  readonly asked: (readonly Prompt[])[] = [];
  /** Options of each embed call. */
  readonly embedded: EmbedOptions[] = [];

  constructor(private readonly answer: Answering) {}

  async embed(raster: Raster, options: EmbedOptions = {}): Promise<Embedding> {
    this.embedded.push(options);
    return embeddingOf(raster.width, raster.height, options);
  }

  async predict(embedding: Embedding, prompts: readonly Prompt[], options: PredictOptions = {}): Promise<Prediction[]> {
    this.asked.push(prompts);
    return prompts.map((prompt) => ({ candidates: this.answer(prompt, embedding, options), recommended: 0 }));
  }

  async generate(): Promise<never> {
    throw new Error("not asked for here");
  }

  holds(): boolean {
    return true;
  }

  release(): void {}

  async dispose(): Promise<void> {}
}

/** A candidate with logits: positive in a box of an embedding's region, given in document pixels. */
export function boxCandidate(
  embedding: Embedding,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  token = 0,
): Candidate & { readonly logits: LowResLogits } {
  const { region, content } = embedding.placement;
  const scale = content.width / (region.x1 - region.x0) / 4;
  const data = new Float32Array(256 * 256);
  for (let y = 0, i = 0; y < 256; y++) {
    for (let x = 0; x < 256; x++, i++) {
      const u = region.x0 + (x + 0.5) / scale;
      const v = region.y0 + (y + 0.5) / scale;
      data[i] = u > x0 && u < x1 && v > y0 && v < y1 ? 8 : -8;
    }
  }
  const logits = { width: 256, height: 256, data };
  return { ...candidateOf(logitsToRle(logits, embedding.placement, 0), token), logits };
}
