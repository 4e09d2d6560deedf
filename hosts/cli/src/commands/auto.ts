import { stat } from "node:fs/promises";
import {
  AUTO_DEFAULTS,
  AUTO_RANGES,
  type AutoOptions,
  invalid,
  type ObjectMask,
  objectsShown,
  type Progress,
  resolveAutoOptions,
} from "@masksmith/core";
import type { Command } from "commander";
import { backendOption } from "../backendOption.js";
import { addFolderOptions, autoFolder, type FolderOptions, presetGenerator } from "../dataEngine/index.js";
import { autoJson, autoNeed, checkAutoOutput, writeAuto } from "../io/autoOutput.js";
import { type Picture, type ReadOptions, readImage } from "../io/readImage.js";
import { type ChosenModel, chooseModel } from "../models/index.js";
import { type AnyEngine, type BackendChoice, startEngine as startOn } from "../runtime.js";
import { print, progressLine } from "../terminal.js";
import { decoderWorkers } from "../workers.js";

/** Flags of the generator's numeric options, with what they mean. Names and defaults are the official generator's. */
const SEARCH_FLAGS = {
  pointsPerSide: ["--points-per-side <N>", "points along each side of the prompt grid"],
  predIouThresh: ["--pred-iou-thresh <F>", "keep masks with a predicted IoU above this"],
  stabilityScoreThresh: ["--stability-score-thresh <F>", "keep masks with at least this stability"],
  stabilityScoreOffset: ["--stability-score-offset <F>", "shift of the cutoff when stability is measured, in logits"],
  boxNmsThresh: ["--box-nms-thresh <F>", "box IoU above which the worse of two masks is dropped"],
  cropNLayers: ["--crop-n-layers <N>", "layers of crops to search besides the whole picture"],
  cropNmsThresh: ["--crop-nms-thresh <F>", "the same, between masks of different crops"],
  cropOverlapRatio: ["--crop-overlap-ratio <F>", "overlap of crops, as a share of the shorter side"],
  cropNPointsDownscaleFactor: [
    "--crop-n-points-downscale-factor <N>",
    "divide the points per side by this in each further layer",
  ],
  minMaskRegionArea: ["--min-mask-region-area <N>", "fill holes and drop islands of fewer pixels than this"],
  most: ["--most <N>", "with --preset objects: most masks per picture"],
} as const satisfies Partial<Record<keyof typeof AUTO_RANGES, readonly [string, string]>>;

type SearchFlag = keyof typeof SEARCH_FLAGS;

export interface AutoCommandOptions extends FolderOptions, ReadOptions, Partial<Record<SearchFlag, number>> {
  readonly fast?: true;
  readonly model?: string;
  readonly encoder?: string;
  readonly backend?: BackendChoice;
}

/** Adds `masksmith auto` to the program. */
export function addAuto(program: Command): void {
  const command = program
    .command("auto")
    .description("masks of every object in a picture, or in every picture of a folder")
    .argument("<image>", "JPEG, PNG, WebP or TIFF, or a folder of them");
  for (const [name, [flags, description]] of Object.entries(SEARCH_FLAGS)) {
    const option = name as SearchFlag;
    const standard = option === "most" ? "by the picture, about 20" : Number(AUTO_DEFAULTS[option].toFixed(3));
    command.option(flags, `${description} (default: ${standard})`, numberOf(option));
  }
  command
    .option("--fast", "find nearly the same masks in about a third of the time")
    .option("--model <ID>", "the model to use (see: masksmith models)")
    .option("--encoder <NAME>", "the model's encoder: precise (default) or fast")
    .addOption(backendOption())
    .option("--ignore-profile", "use colors as stored, as the original Python code does, and ignore the color profile")
    .option("--force", "replace damaged records (what a person made in them stays, as far as it is intact)")
    .option("--json", "print one JSON document: the SA-1B record")
    .option("-o, --out <PATH>", "write the masks: .json, .png (overlay), .psd (layers with masks), or to a folder");
  addFolderOptions(command);
  command.action((path: string, options: AutoCommandOptions) => auto(path, options));
}

/** `masksmith auto`. What can be refused is refused before the model is loaded: options, picture, output, in this order. */
async function auto(path: string, options: AutoCommandOptions): Promise<void> {
  const search = searchOptions(options);
  resolveAutoOptions(search);
  const model = await chooseModel(options);
  if (await isFolder(path)) return folder(path, search, model, options);
  checkFolderOnly(options);
  if (options.out !== undefined) await checkAutoOutput(options.out);
  const need = options.out === undefined ? undefined : await autoNeed(options.out);
  const picture = await readImage(path, options, need);
  if (options.out !== undefined) await checkAutoOutput(options.out, picture, options);

  const started = performance.now();
  const progress = progressLine();
  let masks: ObjectMask[];
  try {
    const engine = await startEngine(model, progress.report);
    masks = shown(await engine.generate(picture.raster, { auto: search, onProgress: progress.report }), search);
    await engine.dispose();
  } finally {
    progress.clear();
  }
  const seconds = (performance.now() - started) / 1000;
  const written = options.out === undefined ? [] : await writeAuto(options.out, picture, masks, options);
  await print(options.json ? autoJson(picture, masks) : summaryText(picture, masks, seconds, written));
}

function folder(path: string, search: AutoOptions, model: ChosenModel, options: AutoCommandOptions): Promise<void> {
  const { id, version } = model.manifest;
  const settings = { model: `${id}@${version}`, encoder: model.encoder, auto: resolveAutoOptions(search) };
  return autoFolder(path, options, {
    settings,
    start: async () => {
      const engine = await startEngine(model);
      return {
        generate: async ({ raster }) => shown(await engine.generate(raster, { auto: search }), search),
        close: () => engine.dispose(),
      };
    },
  });
}

function startEngine(model: ChosenModel, onProgress?: (progress: Progress) => void): Promise<AnyEngine> {
  const { source, encoder, runtime } = model;
  const progress = onProgress ? { onProgress } : {};
  return startOn({ model: source, encoder, runtime, workers: decoderWorkers(), ...progress });
}

/** Of a ranked list what is worth showing, unless the user said how many. */
export function shown(masks: ObjectMask[], { ranked, most }: AutoOptions): ObjectMask[] {
  return ranked && most === undefined ? masks.slice(0, objectsShown(masks)) : masks;
}

/** A preset's settings with those given by hand over them. */
function searchOptions(options: AutoCommandOptions): AutoOptions {
  const given = Object.keys(SEARCH_FLAGS).filter((name) => options[name as SearchFlag] !== undefined);
  const byHand = Object.fromEntries(given.map((name) => [name, options[name as SearchFlag]]));
  const preset = presetGenerator(options.preset);
  if (options.most !== undefined && !preset.ranked)
    throw invalid("--most", "left out without --preset objects", options.most);
  return { ...preset, ...byHand, ...(options.fast ? { fast: true } : {}) };
}

/** Parses an option's value and checks its range, so that an error names the flag. */
function numberOf(option: SearchFlag): (text: string) => number {
  const [flag] = SEARCH_FLAGS[option][0].split(" ") as [string];
  const { from, to, whole } = AUTO_RANGES[option];
  return (text) => {
    const value = Number(text);
    const plain = (whole ? /^\d+$/ : /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i).test(text);
    if (!plain || value < from || value > to) {
      throw invalid(flag, `a ${whole ? "whole number" : "number"} from ${from} to ${to}`, text);
    }
    return value;
  };
}

/** @throws MasksmithError `input` for an option that does nothing to a single picture. */
function checkFolderOnly(options: AutoCommandOptions): void {
  const { shard, minConfidence, minStability, minArea, maxAreaShare, coco } = options;
  const only = {
    "--shard": shard,
    "--min-confidence": minConfidence,
    "--min-stability": minStability,
    "--min-area": minArea,
    "--max-area-share": maxAreaShare,
    "--coco": coco,
  };
  const given = Object.entries(only).find(([, value]) => value !== undefined);
  if (given) throw invalid(given[0], "left out for a single picture; it is for folders", "it with a picture");
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function summaryText(
  { name, raster: { width, height } }: Picture,
  masks: readonly ObjectMask[],
  seconds: number,
  written: readonly string[],
): string {
  const found = masks.length === 1 ? "1 object" : `${masks.length} objects`;
  const hint = "nothing written: name a .json, .png or .psd file or a folder with -o, or ask for --json";
  const lines = written.length > 0 ? written.map((path) => `wrote ${path}`) : [hint];
  return `${[`${name}, ${width} x ${height}: ${found} in ${seconds.toFixed(1)} s`, ...lines].join("\n")}\n`;
}
