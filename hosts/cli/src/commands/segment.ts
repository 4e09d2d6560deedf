import {
  type Candidate,
  type EngineBackend,
  type EngineInfo,
  type Prediction,
  type Prompt,
  size,
} from "@masksmith/core";
import { writeAll } from "../io/atomic.js";
import { type Picture, type ReadOptions, readImage } from "../io/readImage.js";
import { jsonText } from "../io/writeRecord.js";
import { type ChosenModel, chooseModel, modelFiles } from "../models/index.js";
import { checkOutputNames, checkOutputs, type OutputOptions, outputNeed, render } from "../outputs.js";
import { checkPromptOptions, type PromptOptions, promptCount, toPrompts } from "../prompts.js";
import { needsSoft, type RefinementOptions, refine } from "../refinement.js";
import type { FoundMask } from "../result.js";
import { type BackendChoice, startEngine } from "../runtime.js";
import { summary } from "../summary.js";
import { notice, print, progressLine } from "../terminal.js";

export interface SegmentOptions extends PromptOptions, OutputOptions, ReadOptions, RefinementOptions {
  readonly model?: string;
  readonly encoder?: string;
  readonly backend?: BackendChoice;
  readonly threads?: number;
  readonly json?: true;
  /** The model's masks exactly as they are. */
  readonly raw?: true;
}

/**
 * `masksmith segment`: a picture's masks as files, as JSON, or as a few lines for a person. What can be refused is
 * refused before the model is loaded: options, picture, prompts, outputs, in this order.
 */
export async function segment(path: string, options: SegmentOptions): Promise<void> {
  checkPromptOptions(options);
  checkOutputNames(options);
  const model = await chooseModel(options);
  const answers = options.candidates ? model.manifest.masks.candidates.length : 1;
  const masks = promptCount(options) * answers;
  const picture = await readImage(path, options, outputNeed(options, masks));
  const { width, height } = picture.raster;
  const prompts = await toPrompts(options, size("document", width, height));
  await checkOutputs(options, picture, masks, modelFiles(model));

  const { masks: found, info, seconds } = await predict(picture, prompts, model, options);
  const result = { picture, model: model.manifest.id, masks: found };
  const outputs = await render(result, options);
  await writeAll(outputs);
  warnOfEmpty(found);
  await print(options.json ? jsonText(result) : summary(result, info, seconds, outputs));
}

interface Answer {
  readonly masks: FoundMask[];
  readonly info: EngineInfo<EngineBackend>;
  /** Time of the whole work, loading included. */
  readonly seconds: number;
}

async function predict(
  picture: Picture,
  prompts: readonly Prompt[],
  model: ChosenModel,
  options: SegmentOptions,
): Promise<Answer> {
  const started = performance.now();
  const progress = progressLine();
  try {
    const engine = await startEngine({
      model: model.source,
      encoder: model.encoder,
      runtime: model.runtime,
      onProgress: progress.report,
    });
    const embedding = await engine.embed(picture.raster, { onProgress: progress.report });
    const soft = options.cutout !== undefined || needsSoft(options);
    const raw = options.raw === true;
    const predictions = await engine.predict(embedding, prompts, { soft, raw, onProgress: progress.report });
    const masks: FoundMask[] = [];
    for (const [prompt, asked] of prompts.entries()) {
      const best = recommendedFirst(predictions[prompt]);
      const shown = options.candidates ? best : best.slice(0, 1);
      for (const [place, candidate] of shown.entries()) {
        masks.push({
          prompt,
          rank: place,
          ...(await refine(engine, picture.raster, embedding, asked, candidate, options)),
        });
      }
    }
    await engine.dispose();
    return { masks, info: engine.info, seconds: (performance.now() - started) / 1000 };
  } finally {
    progress.clear();
  }
}

function recommendedFirst({ candidates, recommended }: Prediction): Candidate[] {
  const best = candidates[recommended];
  return best ? [best, ...candidates.filter((other) => other !== best)] : [];
}

function warnOfEmpty(masks: readonly FoundMask[]): void {
  for (const { prompt, rank, candidate } of masks) {
    if (candidate.area === 0 && rank === 0)
      notice(`the mask for prompt ${prompt} is empty: the model found no object there`);
  }
}
