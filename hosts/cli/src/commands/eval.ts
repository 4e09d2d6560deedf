import { extname } from "node:path";
import { invalid } from "@masksmith/core";
import { embeddingFiles } from "../eval/embeddingFiles.js";
import { type Evaluation, evaluate } from "../eval/evaluate.js";
import { readLabelled, sampled } from "../eval/labelled.js";
import type { EvalRow } from "../eval/rows.js";
import { Sheet } from "../eval/sheet.js";
import { STEPS, type StepName, stepsToRun } from "../eval/steps.js";
import { checkWritable, writeAll } from "../io/atomic.js";
import { chooseModel } from "../models/index.js";
import { type BackendChoice, startEngine } from "../runtime.js";
import { print, progressLine } from "../terminal.js";
import { type EvalObjectsOptions, evalObjects } from "./evalObjects.js";

export interface EvalOptions extends EvalObjectsOptions {
  /** Rows to run. Default: all of clicks and boxes, and matting errors. */
  readonly steps?: readonly string[];
  /** A PNG of the answers that differ most between two rows. */
  readonly sheet?: string;
  readonly rows?: readonly string[];
  /** A folder that keeps embeddings for the next time. */
  readonly cache?: string;
  readonly model?: string;
  readonly encoder?: string;
  readonly backend?: BackendChoice;
}

/** `masksmith eval`: how good the answers of every step are, on a folder's labelled clicks and objects. */
export async function evalFolder(folder: string, options: EvalOptions): Promise<void> {
  const model = await chooseModel(options);
  const { steps: asked, sample = Number.POSITIVE_INFINITY } = options;
  if (asked?.includes("objects")) {
    if (asked.length > 1) throw invalid("--steps", "objects alone, or without it", asked.join(","));
    return evalObjects(model, folder, options);
  }
  const rows = await sheetRows(options);
  const names = asked ?? [...STEPS, "matting"];
  const steps = stepsToRun([...names.filter((name) => name !== "matting"), ...(rows ?? [])]);
  const sheet = rows && new Sheet(rows);
  const labelled = sampled(await readLabelled(folder), sample);
  const progress = progressLine();
  try {
    const engine = await startEngine({
      model: model.source,
      encoder: model.encoder,
      runtime: model.runtime,
      ...(options.cache === undefined ? {} : { embeddings: embeddingFiles(options.cache) }),
    });
    const result = await evaluate(engine, folder, labelled, {
      steps,
      matting: names.includes("matting"),
      onAnswer: (answered) => sheet?.add(answered),
      report: (done) => progress.report({ stage: "Evaluating clicks", fraction: done / labelled.length }),
    });
    await engine.dispose();
    progress.clear();
    if (sheet) await writeAll([{ path: options.sheet!, bytes: await sheet.png() }]);
    await print(options.json ? `${JSON.stringify(result, null, 2)}\n` : table(result));
  } finally {
    progress.clear();
  }
}

/** The two rows of the sheet, if one is asked for. */
async function sheetRows({ sheet, rows }: EvalOptions): Promise<readonly [StepName, StepName] | undefined> {
  if (sheet === undefined && rows === undefined) return undefined;
  if (sheet === undefined) throw invalid("--rows", "given with --sheet", rows?.join(","));
  if (extname(sheet).toLowerCase() !== ".png") throw invalid("--sheet", "a file name that ends in .png", sheet);
  const known: readonly string[] = STEPS;
  if (rows?.length !== 2 || !rows.every((row) => known.includes(row)))
    throw invalid("--rows", `two of ${STEPS.join(", ")}`, rows?.join(",") ?? "none");
  await checkWritable(sheet);
  return rows as unknown as readonly [StepName, StepName];
}

const COLUMNS = [
  ["usable", 3],
  ["usable_clean", 3],
  ["any", 3],
  ["miou", 4],
  ["boundary_iou", 4],
  ["specks", 2],
  ["harm", 3],
  ["gain", 3],
  ["error", 4],
] as const satisfies readonly (readonly [keyof EvalRow, number])[];

const HEADS: Readonly<Partial<Record<keyof EvalRow, string>>> = {
  usable_clean: "usable, clean",
  miou: "intended",
  boundary_iou: "boundary IoU",
  error: "alpha error",
};

function table({ objects, results }: Evaluation): string {
  const head = COLUMNS.map(([key]) => HEADS[key] ?? key);
  const lines = results.map(
    (row) => `| ${row.name} | ${COLUMNS.map(([key, digits]) => cell(row, key, digits)).join(" | ")} |`,
  );
  const rule = `| --- |${" --- |".repeat(COLUMNS.length)}`;
  return [`${objects} labelled`, "", `| what | ${head.join(" | ")} |`, rule, ...lines, ""].join("\n");
}

function cell(row: EvalRow, key: (typeof COLUMNS)[number][0], digits: number): string {
  const value = row[key];
  if (value === undefined) return "-";
  const interval = row[`${key}_interval` as keyof EvalRow] as readonly [number, number] | undefined;
  const ends = interval?.map((end) => end.toFixed(digits)).join(", ");
  return ends === undefined ? value.toFixed(digits) : `${value.toFixed(digits)} [${ends}]`;
}
