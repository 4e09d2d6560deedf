import {
  type AutoOptions,
  DUPLICATE_IOU,
  invalid,
  type MaskFilter,
  MasksmithError,
  OBJECTS_GENERATOR,
  type ObjectMask,
  SA1B_FILTER,
  SA1B_GENERATOR,
} from "@masksmith/core";
import { type Command, Option } from "commander";
import { type Picture, type ReadOptions, readOptionsOf } from "../io/readImage.js";
import { print } from "../terminal.js";
import { checkCocoFile, writeCocoFile } from "./cocoFile.js";
import { type DataEngineSummary, runDataEngine } from "./dataEngine.js";
import { FailureList } from "./failures.js";
import { batchReporter, durationText } from "./progress.js";
import { type Shard, shardOf } from "./shard.js";

/** Options of `auto` that only a folder takes, and those it shares with a single picture. */
export interface FolderOptions extends ReadOptions {
  readonly out?: string;
  readonly json?: true;
  /** Replaces records that are damaged. */
  readonly force?: true;
  readonly shard?: Shard;
  readonly preset?: PresetName;
  readonly minConfidence?: number;
  readonly minStability?: number;
  readonly minArea?: number;
  readonly maxAreaShare?: number;
  readonly coco?: string;
}

/** A set of settings with a name: the generator's options, and what is filtered after it. */
interface Preset {
  readonly generator: AutoOptions;
  readonly filter: MaskFilter;
}

export type PresetName = "official" | "sa-1b" | "objects";

const PRESETS: Readonly<Record<PresetName, Preset>> = {
  official: { generator: {}, filter: {} },
  "sa-1b": { generator: SA1B_GENERATOR, filter: SA1B_FILTER },
  objects: { generator: OBJECTS_GENERATOR, filter: {} },
};

export const PRESET_NAMES = Object.keys(PRESETS);

/** The generator, not yet loaded. */
export interface Generator {
  /** All that the masks depend on beside the picture, as JSON: model, encoder, options. */
  readonly settings: unknown;
  /** Loads it. Called once, and only if there is a picture to do. */
  readonly start: () => Promise<RunningGenerator>;
}

export interface RunningGenerator {
  readonly generate: (picture: Picture) => Promise<readonly ObjectMask[]>;
  readonly close: () => Promise<void>;
}

/** Adds the folder's options to the `auto` command. */
export function addFolderOptions(command: Command): Command {
  const share = (option: string) => (text: string) => decimal(option, text, 1, "a number between 0 and 1");
  const pixels = (option: string) => (text: string) =>
    decimal(option, text, Number.MAX_SAFE_INTEGER, "0 or more pixels");
  return command
    .option("--shard <I/N>", "folder: only part I of N, for several machines", shardOf("--shard"))
    .addOption(
      new Option(
        "--preset <NAME>",
        "official (default), sa-1b (the data set's settings), or objects (what people see as objects, the likeliest first)",
      ).choices(PRESET_NAMES),
    )
    .option("--min-confidence <F>", "folder: least predicted IoU of a mask", share("--min-confidence"))
    .option("--min-stability <F>", "folder: least stability score of a mask", share("--min-stability"))
    .option("--min-area <N>", "folder: least area of a mask, in pixels", pixels("--min-area"))
    .option("--coco <FILE.json>", "folder: also gather all records in one COCO instances file")
    .option(
      "--max-area-share <F>",
      "folder: drop masks of this share of the picture and more",
      share("--max-area-share"),
    );
}

/** The generator's options that a preset sets; options given by hand go over them. */
export function presetGenerator(preset: PresetName = "official"): AutoOptions {
  return PRESETS[preset].generator;
}

/**
 * `masksmith auto FOLDER -o FOLDER`. The model is loaded only after all arguments and records have been checked.
 * @throws MasksmithError `input` for bad arguments; `runtime` at the end if a picture failed.
 */
export async function autoFolder(input: string, options: FolderOptions, generator: Generator): Promise<void> {
  const { out, shard = { index: 1, count: 1 }, coco, force = false } = options;
  if (out === undefined || out === "") throw invalid("--out", "a folder for the records of a folder's pictures", out);
  const run = { input, output: out, shard, force };
  if (coco !== undefined) await checkCocoFile(coco, run);
  const progress = batchReporter();
  let running: RunningGenerator | undefined;
  try {
    const summary = await runDataEngine({
      input,
      output: out,
      filter: folderFilter(options),
      settings: generator.settings,
      reading: readOptionsOf(options),
      force,
      prepare: async () => {
        running = await generator.start();
      },
      generate: (picture) => running!.generate(picture),
      onProgress: progress.report,
      shard,
    });
    progress.clear();
    await print(options.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
    if (coco !== undefined) await writeCocoFile(coco, run);
    throwIfFailed(summary, out, shard);
  } finally {
    progress.clear();
    await running?.close();
  }
}

/** Preset first, options over it; duplicates are always removed. */
function folderFilter(options: FolderOptions): MaskFilter {
  const { preset, minConfidence, minStability, minArea, maxAreaShare } = options;
  return {
    duplicateIou: DUPLICATE_IOU,
    ...(preset === undefined ? {} : PRESETS[preset].filter),
    ...(minConfidence === undefined ? {} : { minPredictedIou: minConfidence }),
    ...(minStability === undefined ? {} : { minStabilityScore: minStability }),
    ...(minArea === undefined ? {} : { minArea }),
    ...(maxAreaShare === undefined ? {} : { maxAreaShare }),
  };
}

function summaryText({ pictures, written, unchanged, failed, masks, kept, seconds }: DataEngineSummary): string {
  const rows = [
    `${pictures} pictures in ${durationText(seconds)}`,
    `  ${written} records written, ${masks} masks${kept > 0 ? `, ${kept} of them kept from people's work` : ""}`,
    ...(unchanged > 0 ? [`  ${unchanged} records were there already`] : []),
    ...failed.map(({ file_name, error }) => `  failed: ${file_name}: ${error}`),
  ];
  return `${rows.join("\n")}\n`;
}

function throwIfFailed({ pictures, failed }: DataEngineSummary, out: string, shard: Shard): void {
  if (failed.length === 0) return;
  const { path } = new FailureList(out, shard);
  throw new MasksmithError("runtime", `${failed.length} of ${pictures} pictures failed, listed in ${path}`);
}

function decimal(option: string, text: string, max: number, expected: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > max) throw invalid(option, expected, text);
  return value;
}
