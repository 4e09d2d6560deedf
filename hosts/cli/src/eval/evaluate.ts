import { join } from "node:path";
import { invalid, type Raster, type Rle } from "@masksmith/core";
import { readImage } from "../io/readImage.js";
import type { AnyEngine } from "../runtime.js";
import type { Labelled } from "./labelled.js";
import { mattingRows } from "./matting.js";
import { compareMasks } from "./measures.js";
import { type EvalRow, type Measured, mean, toRow } from "./rows.js";
import { fromBox, fromClick, plainOf, type StepMasks, type StepName, type Subject, subjectOf } from "./steps.js";

export interface Evaluation {
  readonly objects: number;
  readonly results: readonly EvalRow[];
}

/** What is run, and who hears of it. */
export interface EvalPlan {
  readonly steps: readonly StepName[];
  readonly matting: boolean;
  /** Hears of every answer, while its picture is there. */
  readonly onAnswer?: (answered: Answered) => void;
  report(done: number): void;
}

/** One click's or box's masks, measured. */
export interface Answered {
  readonly labelled: Labelled;
  readonly raster: Raster;
  readonly masks: Readonly<Partial<Record<StepName, Rle>>>;
  readonly measured: ReadonlyMap<StepName, Measured>;
}

/** Runs the steps on all that is labelled, picture by picture. */
export async function evaluate(
  engine: AnyEngine,
  folder: string,
  all: readonly Labelled[],
  plan: EvalPlan,
): Promise<Evaluation> {
  const rows = new Map<StepName, Measured[]>();
  const errors = new Map<string, number[]>();
  let done = 0;
  for (const image of new Set(all.map((each) => each.image))) {
    const here = all.filter((each) => each.image === image);
    const { raster } = await readImage(join(folder, image));
    const subject = await subjectOf(engine, raster);
    const boxes = new Set<string>();
    for (const labelled of here) {
      checkSize(labelled, raster);
      const masks = await masksOf(subject, labelled, plan.steps, boxes);
      const measured = measure(masks, labelled, rows);
      plan.onAnswer?.({ labelled, raster, masks, measured });
      const found = plan.matting ? await mattingRows(folder, subject, labelled) : new Map<string, number>();
      for (const [name, error] of found) errors.set(name, [...(errors.get(name) ?? []), error]);
      plan.report(++done);
    }
    engine.release(subject.embedding);
  }
  const ordered = plan.steps.filter((step) => rows.has(step));
  const results = ordered.map((step) => toRow(step, rows.get(step)!, rows.get(plainOf(step))!));
  return { objects: all.length, results: [...results, ...toErrorRows(errors)] };
}

/** @param boxes those of the picture that have been asked; each is once. */
async function masksOf(
  subject: Subject,
  labelled: Labelled,
  steps: readonly StepName[],
  boxes: Set<string>,
): Promise<StepMasks> {
  const isBox = (step: StepName) => plainOf(step) === "box";
  const masks = steps.every(isBox) ? {} : await fromClick(subject, labelled, steps);
  const { x0, y0, x1, y1 } = labelled.box;
  const key = [x0, y0, x1, y1].join();
  if (!steps.some(isBox) || boxes.has(key)) return masks;
  boxes.add(key);
  return { ...masks, ...(await fromBox(subject, labelled, steps)) };
}

function measure(
  masks: StepMasks,
  { image, mask: truth, regions }: Labelled,
  into: Map<StepName, Measured[]>,
): Map<StepName, Measured> {
  const measured = new Map<StepName, Measured>();
  for (const [name, mask] of Object.entries(masks) as [StepName, Rle][]) {
    const found = { image, ...compareMasks(mask, truth, regions) };
    measured.set(name, found);
    into.set(name, [...(into.get(name) ?? []), found]);
  }
  return measured;
}

function toErrorRows(errors: ReadonlyMap<string, readonly number[]>): EvalRow[] {
  return [...errors].map(([name, all]) => ({ name, error: mean(all) }));
}

function checkSize({ image, mask, regions }: Labelled, raster: Raster): void {
  for (const { size } of [mask, ...regions]) {
    const [height, width] = size;
    if (width !== raster.width || height !== raster.height)
      throw invalid(
        `mask of ${image}`,
        `${raster.width} x ${raster.height} pixels as the picture`,
        `${width} x ${height}`,
      );
  }
}
