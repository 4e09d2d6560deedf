import type { Tensor } from "onnxruntime-web";
import type { MaskDecoder, TokenAnswers, Window } from "../decode/maskDecoder.js";
import { contentWindow } from "../decode/window.js";
import { unpackFeatures } from "../encode/features.js";
import { MasksmithError } from "../errors.js";
import { point } from "../frames.js";
import type { Manifest } from "../model/manifest.js";
import { documentToModel } from "../prompt/transform.js";
import { floatData, type GraphSession, type Tensors } from "../runtime/session.js";
import type { LowResLogits } from "../types.js";
import type { CropDecoder, CropTask, DecodedPoints, PointBatch } from "./cropTask.js";
import type { FoundMask } from "./found.js";
import { judgeMask, judgeObject, type MaskCriteria, passesIou } from "./judge.js";
import { likelihoodOf } from "./likelihood.js";
import { scoutedScore } from "./objects/index.js";
import { POOL, pooledContext } from "./scoutContext.js";
import type { ScoutedPoints } from "./scoutedPoints.js";
import { drawSketch, type SketchGrid, sketchGrid } from "./sketch.js";

/** A decoder with what it takes to feed it. */
export interface DecoderModel {
  readonly manifest: Manifest;
  readonly decoder: MaskDecoder;
  /** The decoder's last graph by itself: scouting feeds the upscaling another grid than the decoder's. */
  readonly last: GraphSession;
}

/** Prompts a graph run when scouting, about as much work as one decoding. More are not faster, but take more memory. */
const SCOUT_RUN = 4;
/** Masks below this predicted IoU or share of the picture are not scouted for. */
const SCOUT_IOU = 0.4;
const SCOUT_AREA = 0.0005;
const SCOUT_LIKELIHOOD = 0.01;

/**
 * Decodes points on one crop, one prompt a run: more at once are not faster here, but take more memory, answer later to a
 * wish to stop, and would let a point's last digits depend on its company.
 */
export class CropWork implements CropDecoder {
  readonly #model: DecoderModel;
  readonly #task: CropTask;
  readonly #context: Tensors;
  readonly #window: Window;
  readonly #criteria: MaskCriteria;
  readonly #pause: () => Promise<void>;
  #scouting: { readonly context: Tensors; readonly window: Window } | undefined;

  private constructor(model: DecoderModel, task: CropTask, context: Tensors, pause: () => Promise<void>) {
    const { placement, crop, settings } = task;
    this.#model = model;
    this.#task = task;
    this.#context = context;
    this.#window = contentWindow(placement, model.manifest);
    this.#criteria = { placement, crop, settings, masks: model.manifest.masks };
    this.#pause = pause;
  }

  /** @param pause awaited between runs, so that whoever shares the thread gets a turn; what it throws ends the work. */
  static async open(model: DecoderModel, task: CropTask, pause: () => Promise<void>): Promise<CropWork> {
    const tensor = (data: Float32Array, shape: readonly number[]) => model.last.tensor(data, shape);
    const features = unpackFeatures(task.embedding, model.manifest, tensor);
    if (!features) throw new MasksmithError("state", `The embedding is not one of ${model.manifest.id}`);
    return new CropWork(model, task, await model.decoder.context(features), pause);
  }

  async decode(points: PointBatch, { sketches }: { readonly sketches: boolean }): Promise<DecodedPoints> {
    const { candidates } = this.#model.manifest.masks;
    const length = points.indices.length * candidates.length;
    const predictedIou = new Float32Array(length);
    const stability = new Float32Array(length).fill(Number.NaN);
    const found: FoundMask[] = [];
    const drawn: Uint32Array[] = [];
    for (let i = 0; i < points.indices.length; i++) {
      await this.#pause();
      const run = await this.#run(points, i, 1, this.#context);
      const own = predictedIou.subarray(i * candidates.length, (i + 1) * candidates.length);
      for (const [c, token] of candidates.entries()) own[c] = run.predictedIou[token];
      // Without a candidate that passes, the costly half of the decoder is left out.
      if (!own.some((iou) => passesIou(iou, this.#task.settings))) continue;
      const logits = await this.#model.decoder.upscale(run, this.#window);
      for (const [c, token] of candidates.entries()) {
        if (!passesIou(own[c], this.#task.settings)) continue;
        const plane = this.#plane(logits, token);
        const at = point("document", points.positions[2 * i], points.positions[2 * i + 1]);
        const { ranked } = this.#task.settings;
        const verdict = ranked ? judgeObject(plane, this.#criteria, at) : judgeMask(plane, this.#criteria);
        stability[i * candidates.length + c] = verdict.stability;
        if (!verdict.passed) continue;
        found.push({
          id: this.#task.firstId + points.indices[i] * candidates.length + c,
          predictedIou: own[c],
          stabilityScore: verdict.stability,
          point: at,
          ...verdict.passed,
        });
        if (sketches) drawn.push(this.#sketch(plane));
      }
    }
    return {
      indices: points.indices,
      predictedIou,
      stability,
      found,
      sketches: joined(drawn, this.#sketchGrid().words),
    };
  }

  async scout(points: PointBatch): Promise<ScoutedPoints> {
    const { noScouting } = this.#model.decoder;
    if (noScouting !== undefined) throw new MasksmithError("input", `This model has no fast mode: ${noScouting}`);
    this.#scouting ??= pooledContext(this.#context, gridOf(this.#model.manifest), this.#window, (data, shape) =>
      this.#model.last.tensor(data, shape),
    );
    const { context, window } = this.#scouting;
    const indices: number[] = [];
    const candidates: number[] = [];
    const worth: number[] = [];
    const drawn: Uint32Array[] = [];
    for (let from = 0; from < points.indices.length; from += SCOUT_RUN) {
      await this.#pause();
      const run = await this.#run(points, from, SCOUT_RUN, context);
      const planes = await this.#upscalePooled(run, window);
      for (let i = 0; i < run.batch; i++) {
        for (const [c, token] of this.#model.manifest.masks.candidates.entries()) {
          const iou = run.predictedIou[i * run.tokens + token];
          if (iou <= SCOUT_IOU) continue;
          const plane = planes(i * run.tokens + token);
          const own = this.#worth(iou, plane);
          if (own === undefined) continue;
          indices.push(points.indices[from + i]);
          candidates.push(c);
          worth.push(own);
          const sketch = new Uint32Array(this.#sketchGrid().words);
          drawSketch(plane, this.#sketchGrid(), 2, 0, this.#criteria.masks.threshold, sketch, 0);
          drawn.push(sketch);
        }
      }
    }
    return {
      indices: Uint32Array.from(indices),
      candidates: Uint8Array.from(candidates),
      worth: Float32Array.from(worth),
      sketches: joined(drawn, this.#sketchGrid().words),
    };
  }

  /** Answers the points `from`..`from + most`. */
  async #run(points: PointBatch, from: number, most: number, context: Tensors): Promise<TokenAnswers> {
    const batch = Math.min(most, points.indices.length - from);
    const prompts = Array.from({ length: batch }, (_, i) => {
      const at = point("document", points.positions[2 * (from + i)], points.positions[2 * (from + i) + 1]);
      return { foreground: [documentToModel(at, this.#task.placement)], background: [] };
    });
    return this.#model.decoder.answer(context, prompts);
  }

  /** Low-res logits on the pooled grid, by plane. */
  async #upscalePooled(run: TokenAnswers, window: Window): Promise<(plane: number) => LowResLogits> {
    const { spec } = this.#model.last;
    const feeds: Record<string, Tensor> = {};
    for (const { name, shape } of spec.inputs) {
      const { data, dims } = run.tensors[name];
      const cut = shape.length === 4 ? [run.batch, window.height, window.width, dims[2]] : dims;
      feeds[name] = this.#model.last.tensor(data as Float32Array, cut);
    }
    const logits = floatData(await this.#model.last.run(feeds), spec.outputs[0].name);
    const size = logits.length / (run.batch * run.tokens);
    const width = Math.sqrt((size * window.width) / window.height);
    return (plane) => ({ width, height: size / width, data: logits.subarray(plane * size, (plane + 1) * size) });
  }

  /** See `ScoutedPoints`; nothing for a mask that is not worth looking for. */
  #worth(predictedIou: number, plane: LowResLogits): number | undefined {
    const { data } = plane;
    const { threshold } = this.#criteria.masks;
    const { settings } = this.#task;
    const offset = settings.stabilityScoreOffset;
    const cuts = [threshold + offset, threshold, threshold - offset];
    const above = [0, 0, 0];
    for (const value of data) for (let i = 0; i < 3; i++) if (value > cuts[i]) above[i]++;
    const area = above[1] / data.length;
    const stability = above[0] / Math.max(1, above[2]);
    if (settings.ranked) return scoutedScore(predictedIou, stability, area, plane, threshold);
    if (area <= SCOUT_AREA) return undefined;
    const chance = likelihoodOf(predictedIou, stability, area, settings);
    return chance > SCOUT_LIKELIHOOD ? chance : undefined;
  }

  #plane(logits: Float32Array, index: number): LowResLogits {
    const [height, width] = this.#model.manifest.masks.low_res;
    return { width, height, data: logits.subarray(index * width * height, (index + 1) * width * height) };
  }

  #sketchGrid(): SketchGrid {
    const { width, height } = this.#window;
    return sketchGrid(Math.ceil(width / POOL) * POOL, Math.ceil(height / POOL) * POOL);
  }

  #sketch(plane: LowResLogits): Uint32Array {
    const grid = this.#sketchGrid();
    const sketch = new Uint32Array(grid.words);
    const step = plane.width / gridOf(this.#model.manifest).width;
    drawSketch(plane, grid, step, 1, this.#criteria.masks.threshold, sketch, 0);
    return sketch;
  }
}

function gridOf({ embedding }: Manifest): Window {
  return { width: embedding.shape[2], height: embedding.shape[1] };
}

function joined(sketches: readonly Uint32Array[], words: number): Uint32Array {
  const out = new Uint32Array(sketches.length * words);
  sketches.forEach((sketch, i) => {
    out.set(sketch, i * words);
  });
  return out;
}
