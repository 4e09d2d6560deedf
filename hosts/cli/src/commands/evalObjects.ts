import type { PresetName } from "../dataEngine/index.js";
import { presetGenerator } from "../dataEngine/index.js";
import { evaluateObjects, type ObjectsRow, readRegions, samplePictures } from "../eval/objectsStep.js";
import type { ChosenModel } from "../models/index.js";
import { startEngine } from "../runtime.js";
import { print, progressLine } from "../terminal.js";
import { decoderWorkers } from "../workers.js";
import { shown } from "./auto.js";

export interface EvalObjectsOptions {
  readonly preset?: PresetName;
  /** Pictures at most. */
  readonly sample?: number;
  readonly json?: true;
}

/** `masksmith eval FOLDER --steps objects`: how much of what people see automatic generation finds. */
export async function evalObjects(model: ChosenModel, folder: string, options: EvalObjectsOptions): Promise<void> {
  const { preset = "objects", sample = Number.POSITIVE_INFINITY } = options;
  const pictures = samplePictures(await readRegions(folder), sample);
  const auto = presetGenerator(preset);
  const progress = progressLine();
  try {
    const { source, encoder, runtime } = model;
    const engine = await startEngine({ model: source, encoder, runtime, workers: decoderWorkers() });
    const row = await evaluateObjects(
      folder,
      pictures,
      async (raster) => shown(await engine.generate(raster, { auto }), auto),
      (done) => progress.report({ stage: "Finding objects", fraction: done / pictures.length }),
    );
    await engine.dispose();
    progress.clear();
    const result = { objects: row.regions, results: [row] };
    await print(options.json ? `${JSON.stringify(result, null, 2)}\n` : table(row, preset));
  } finally {
    progress.clear();
  }
}

function table(row: ObjectsRow, preset: string): string {
  const { pictures, regions, masks, near_copies, seconds } = row;
  const shares = [row.recall_50, row.recall_70, row.recall_80].map((share) => share.toFixed(3));
  const cells = [preset, ...shares, masks.toFixed(1), near_copies.toFixed(2), seconds.toFixed(1)];
  return [
    `${regions} regions in ${pictures} pictures`,
    "",
    "| preset | recall at 0.5 | at 0.7 | at 0.8 | masks a picture | near copies | seconds |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    `| ${cells.join(" | ")} |`,
    "",
  ].join("\n");
}
