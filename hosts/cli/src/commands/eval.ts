import { type Evaluation, evaluate } from "../eval/evaluate.js";
import { readObjects } from "../eval/objects.js";
import { chooseModel } from "../models/index.js";
import { type BackendChoice, startEngine } from "../runtime.js";
import { print, progressLine } from "../terminal.js";
import { type EvalObjectsOptions, evalObjects } from "./evalObjects.js";

export interface EvalOptions extends EvalObjectsOptions {
  readonly steps?: "objects";
  readonly model?: string;
  readonly encoder?: string;
  readonly backend?: BackendChoice;
}

/** `masksmith eval`: how good the answers of every step are, on a folder's labelled objects. */
export async function evalFolder(folder: string, options: EvalOptions): Promise<void> {
  const model = await chooseModel(options);
  if (options.steps === "objects") return evalObjects(model, folder, options);
  const objects = await readObjects(folder);
  const progress = progressLine();
  try {
    const engine = await startEngine({ model: model.source, encoder: model.encoder, runtime: model.runtime });
    const result = await evaluate(engine, folder, objects, (done) =>
      progress.report({ stage: "Evaluating objects", fraction: done / objects.length }),
    );
    await engine.dispose();
    progress.clear();
    await print(options.json ? `${JSON.stringify(result, null, 2)}\n` : table(result));
  } finally {
    progress.clear();
  }
}

function table({ objects, results }: Evaluation): string {
  const number = (value: number | undefined, digits: number) => (value === undefined ? "-" : value.toFixed(digits));
  const lines = results.map(
    ({ name, miou, boundary_iou, kept, error }) =>
      `| ${name} | ${number(miou, 4)} | ${number(boundary_iou, 4)} | ${number(kept, 2)} | ${number(error, 4)} |`,
  );
  const head = [`${objects} objects`, "", "| what | mIoU | boundary IoU | kept | alpha error |"];
  return [...head, "| --- | --- | --- | --- | --- |", ...lines, ""].join("\n");
}
