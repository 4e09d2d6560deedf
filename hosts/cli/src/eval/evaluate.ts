import { join } from "node:path";
import { invalid } from "@masksmith/core";
import { readImage } from "../io/readImage.js";
import type { AnyEngine } from "../runtime.js";
import { mattingRows } from "./matting.js";
import { compareMasks, type Likeness } from "./measures.js";
import type { LabelledObject } from "./objects.js";
import { PLAIN_OF, runSteps, type Subject, subjectOf } from "./steps.js";

/** One row of the evaluation: means over all objects, or a matting error. */
export interface EvalRow {
  readonly name: string;
  readonly miou?: number;
  readonly boundary_iou?: number;
  /** Of the objects that the plain row gets right (IoU >= 0.85), the share that keeps 0.83 or more. */
  readonly kept?: number;
  /** Mean absolute alpha error in the trimap's unknown part. */
  readonly error?: number;
}

export interface Evaluation {
  readonly objects: number;
  readonly results: readonly EvalRow[];
}

const RIGHT = 0.85;
const STILL_RIGHT = 0.83;

/** Runs all steps on all objects, picture by picture. */
export async function evaluate(
  engine: AnyEngine,
  folder: string,
  objects: readonly LabelledObject[],
  report: (done: number) => void,
): Promise<Evaluation> {
  const likeness = new Map<string, Likeness[]>();
  const errors = new Map<string, number[]>();
  let done = 0;
  for (const image of new Set(objects.map((object) => object.image))) {
    const { raster } = await readImage(join(folder, image));
    const subject = await subjectOf(engine, raster);
    for (const object of objects.filter((each) => each.image === image)) {
      checkSize(object, raster);
      await measure(subject, object, likeness);
      const found = await mattingRows(folder, subject, object);
      for (const [name, error] of found) errors.set(name, [...(errors.get(name) ?? []), error]);
      report(++done);
    }
    engine.release(subject.embedding);
  }
  return { objects: objects.length, results: [...toRows(likeness), ...toErrorRows(errors)] };
}

async function measure(subject: Subject, object: LabelledObject, into: Map<string, Likeness[]>): Promise<void> {
  for (const [name, mask] of Object.entries(await runSteps(subject, object)))
    into.set(name, [...(into.get(name) ?? []), compareMasks(mask, object.mask)]);
}

function toRows(likeness: ReadonlyMap<string, readonly Likeness[]>): EvalRow[] {
  return [...likeness].map(([name, all]) => {
    const plain = PLAIN_OF[name];
    const kept = plain === undefined ? undefined : keptShare(likeness.get(plain)!, all);
    return {
      name,
      miou: mean(all.map(({ iou }) => iou)),
      boundary_iou: mean(all.map(({ boundaryIou }) => boundaryIou)),
      ...(kept === undefined ? {} : { kept }),
    };
  });
}

/** Undefined if the plain row gets nothing right. */
function keptShare(plain: readonly Likeness[], after: readonly Likeness[]): number | undefined {
  const right = after.filter((_, i) => plain[i].iou >= RIGHT);
  return right.length > 0 ? right.filter(({ iou }) => iou >= STILL_RIGHT).length / right.length : undefined;
}

function toErrorRows(errors: ReadonlyMap<string, readonly number[]>): EvalRow[] {
  return [...errors].map(([name, all]) => ({ name, error: mean(all) }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function checkSize({ image, mask }: LabelledObject, raster: { readonly width: number; readonly height: number }): void {
  const [height, width] = mask.size;
  if (width !== raster.width || height !== raster.height)
    throw invalid(
      `mask of ${image}`,
      `${raster.width} x ${raster.height} pixels as the picture`,
      `${width} x ${height}`,
    );
}
