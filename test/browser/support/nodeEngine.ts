import { createEngine, type Embedding, type Engine, type Prediction, type Prompt } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import sharp from "sharp";
import { fixture } from "./panel.js";

let engine: Promise<Engine> | undefined;
const embedded = new Map<string, Promise<Embedding>>();

/** What the same engine in Node answers to a prompt on a picture, the included photograph if none is named; logits with it. */
export async function nodeAnswer(prompt: Prompt, picture = "coffee.png"): Promise<Prediction> {
  engine ??= createEngine({ model });
  const embedding = embedded.get(picture) ?? embed(await engine, picture);
  embedded.set(picture, embedding);
  const [prediction] = await (await engine).predict(await embedding, [prompt], { logits: true });
  return prediction!;
}

async function embed(by: Engine, picture: string): Promise<Embedding> {
  const { data, info } = await sharp(fixture(picture)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return by.embed({ width: info.width, height: info.height, channels: 4, data });
}

/** The one of its answers that is shown. */
export async function nodeCandidate(prompt: Prompt, picture?: string) {
  const { candidates, recommended } = await nodeAnswer(prompt, picture);
  return candidates[recommended];
}

/** After the tests. */
export async function disposeNodeEngine(): Promise<void> {
  await (await engine)?.dispose();
  engine = undefined;
  embedded.clear();
}
