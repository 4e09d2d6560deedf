import { invalid } from "../errors.js";

/** Points of one crop layer in shares of the crop: [x, y] pairs, 0..1. */
export type PointGrid = readonly (readonly [x: number, y: number])[];

/**
 * How masks are written out: `binary_mask` one byte a pixel, row by row; `uncompressed_rle` COCO's run lengths as numbers;
 * `coco_rle` COCO's compressed string.
 */
export type AutoOutputMode = "binary_mask" | "uncompressed_rle" | "coco_rle";

/**
 * Settings of automatic generation. Names, defaults and meaning are those of the official generator
 * (`SamAutomaticMaskGenerator`, segment_anything/automatic_mask_generator.py), except where a field says otherwise.
 */
export interface AutoOptions {
  /**
   * Points along one side of the grid of prompts; the grid has its square. Whole number, 1..512, default 32.
   * Excludes `pointGrids`. Official: `points_per_side`.
   */
  readonly pointsPerSide?: number;
  /**
   * Most points that one job for a worker holds. Whole number, 1..4096, default 64. Changes neither the result nor the
   * memory, which grows with it in the original: points are decoded one at a time. Official: `points_per_batch`.
   */
  readonly pointsPerBatch?: number;
  /**
   * Keeps masks whose predicted IoU is greater. Share, 0..1, default 0.88; 0 keeps all. Official: `pred_iou_thresh`.
   */
  readonly predIouThresh?: number;
  /**
   * Keeps masks whose stability score is this or greater. Share, 0..1, default 0.95; 0 keeps all that are not empty.
   * Official: `stability_score_thresh`.
   */
  readonly stabilityScoreThresh?: number;
  /**
   * How far the cutoff moves up and down for the stability score. Logits, 0..100, default 1. Official:
   * `stability_score_offset`.
   */
  readonly stabilityScoreOffset?: number;
  /**
   * Of two masks of one crop whose boxes have a greater IoU, the one of lower predicted IoU goes. Share, 0..1, default 0.7.
   * Official: `box_nms_thresh`.
   */
  readonly boxNmsThresh?: number;
  /**
   * Layers of crops that are searched after the whole picture; layer n has 4^n crops. Whole number, 0..4, default 0.
   * Official: `crop_n_layers`.
   */
  readonly cropNLayers?: number;
  /**
   * Of two masks from crops whose boxes have a greater IoU, the one of the larger crop goes. Share, 0..1, default 0.7.
   * Official: `crop_nms_thresh`.
   */
  readonly cropNmsThresh?: number;
  /**
   * Overlap of the first layer's crops as a share of the picture's shorter side; halves with each further layer. 0..0.9,
   * default 512 / 1500. Official: `crop_overlap_ratio`.
   */
  readonly cropOverlapRatio?: number;
  /**
   * Layer n's points a side are `pointsPerSide` divided by this to the power of n, rounded down. Whole number, 1..16,
   * default 1. Official: `crop_n_points_downscale_factor`.
   */
  readonly cropNPointsDownscaleFactor?: number;
  /**
   * Grids of one's own instead of `pointsPerSide`, one a crop layer, in shares of the crop 0..1; up to 262,144 points each.
   * Official: `point_grids`.
   */
  readonly pointGrids?: readonly PointGrid[];
  /**
   * Fills holes and drops islands of fewer pixels (document pixels), then drops new duplicates, changed masks first.
   * Whole number, 0..2^31 - 1, default 0: nothing is changed. Official: `min_mask_region_area`.
   */
  readonly minMaskRegionArea?: number;
  /**
   * Finds nearly the same masks with a fraction of the decoding; see `fastCrop`. Default false. No official counterpart.
   */
  readonly fast?: boolean;
  /**
   * Gives the masks in which people see objects, ranked, the likeliest first, instead of all that pass the official
   * thresholds: each mask is cleaned of crumbs and pinholes, ragged and tiny ones go, near copies of better ones too
   * (`boxNmsThresh`, `cropNmsThresh` and `minMaskRegionArea` do not apply). Wants low thresholds; see `OBJECTS_GENERATOR`.
   * With `fast` only the points of promising masks are decoded, where the model can tell. Default false. No official counterpart.
   */
  readonly ranked?: boolean;
  /** Length of the ranked list at most; a beginning of it is the list of fewer. Whole number, 1..1000, default 60. */
  readonly most?: number;
}

/** Settings with every default filled in and every value checked. */
export interface AutoSettings extends Required<Omit<AutoOptions, "pointsPerSide" | "pointGrids">> {
  readonly pointsPerSide: number | undefined;
  readonly pointGrids: readonly PointGrid[] | undefined;
}

/** The official defaults. */
export const AUTO_DEFAULTS = {
  pointsPerSide: 32,
  pointsPerBatch: 64,
  predIouThresh: 0.88,
  stabilityScoreThresh: 0.95,
  stabilityScoreOffset: 1,
  boxNmsThresh: 0.7,
  cropNLayers: 0,
  cropNmsThresh: 0.7,
  cropOverlapRatio: 512 / 1500,
  cropNPointsDownscaleFactor: 1,
  minMaskRegionArea: 0,
  most: 60,
} as const satisfies AutoOptions;

/** What a person calls the objects of a picture, from a quarter of the official generator's prompts. */
export const OBJECTS_GENERATOR = {
  pointsPerSide: 16,
  predIouThresh: 0.55,
  stabilityScoreThresh: 0.6,
  ranked: true,
  fast: true,
} as const satisfies AutoOptions;

type NumericOption = keyof typeof AUTO_DEFAULTS;

interface Range {
  readonly from: number;
  readonly to: number;
  readonly whole: boolean;
}

const share: Range = { from: 0, to: 1, whole: false };
const whole = (from: number, to: number): Range => ({ from, to, whole: true });

/** What each numeric option may be. */
export const AUTO_RANGES: Readonly<Record<NumericOption, Range>> = {
  pointsPerSide: whole(1, 512),
  pointsPerBatch: whole(1, 4096),
  predIouThresh: share,
  stabilityScoreThresh: share,
  stabilityScoreOffset: { from: 0, to: 100, whole: false },
  boxNmsThresh: share,
  cropNLayers: whole(0, 4),
  cropNmsThresh: share,
  cropOverlapRatio: { from: 0, to: 0.9, whole: false },
  cropNPointsDownscaleFactor: whole(1, 16),
  minMaskRegionArea: whole(0, 2 ** 31 - 1),
  most: whole(1, 1000),
};

const MAX_GRID_POINTS = 512 ** 2;
/** Options that are no numbers. */
const OTHER_OPTIONS = ["pointGrids", "fast", "ranked"];

/**
 * Fills in the defaults.
 * @throws MasksmithError `input` that names the option, its range and the value; so does an option that does not exist.
 */
export function resolveAutoOptions(options: AutoOptions = {}): AutoSettings {
  for (const name of Object.keys(options)) {
    if (!(name in AUTO_DEFAULTS) && !OTHER_OPTIONS.includes(name)) {
      throw invalid(
        "automatic generation option",
        `one of ${[...Object.keys(AUTO_DEFAULTS), ...OTHER_OPTIONS].join(", ")}`,
        name,
      );
    }
  }
  const { fast = false, ranked = false, pointGrids } = options;
  if (typeof fast !== "boolean") throw invalid("fast", "true or false", fast);
  if (typeof ranked !== "boolean") throw invalid("ranked", "true or false", ranked);
  const names = Object.keys(AUTO_DEFAULTS) as NumericOption[];
  const numbers = Object.fromEntries(names.map((name) => [name, checked(name, options[name] ?? AUTO_DEFAULTS[name])]));
  const settings = { ...(numbers as Record<NumericOption, number>), fast, ranked, pointGrids };
  if (pointGrids === undefined) {
    checkLayers(settings);
    return settings;
  }
  if (options.pointsPerSide !== undefined)
    throw invalid("pointsPerSide", "omitted where pointGrids are given", options.pointsPerSide);
  checkGrids(pointGrids, settings.cropNLayers);
  return { ...settings, pointsPerSide: undefined };
}

function checked(name: NumericOption, value: unknown): number {
  const { from, to, whole: integer } = AUTO_RANGES[name];
  const fits = typeof value === "number" && value >= from && value <= to && (!integer || Number.isInteger(value));
  if (!fits) throw invalid(name, `a ${integer ? "whole number" : "number"} from ${from} to ${to}`, value);
  return value;
}

/** A grid of no points in a deeper layer is a mistake in the settings, not a wish. */
function checkLayers(settings: Record<NumericOption, number>): void {
  const { pointsPerSide, cropNLayers, cropNPointsDownscaleFactor } = settings;
  if (pointsPerSide >= cropNPointsDownscaleFactor ** cropNLayers) return;
  throw invalid(
    "cropNPointsDownscaleFactor",
    `small enough to leave ${pointsPerSide} points a side at least one in layer ${cropNLayers}`,
    cropNPointsDownscaleFactor,
  );
}

function checkGrids(grids: unknown, cropNLayers: number): void {
  if (!Array.isArray(grids) || grids.length < cropNLayers + 1) {
    throw invalid(
      "pointGrids",
      `an array of ${cropNLayers + 1} grids, one a crop layer`,
      Array.isArray(grids) ? grids.length : grids,
    );
  }
  for (const [layer, grid] of grids.entries()) {
    const what = `pointGrids[${layer}]`;
    if (!Array.isArray(grid) || grid.length > MAX_GRID_POINTS) {
      throw invalid(what, `an array of at most ${MAX_GRID_POINTS} points`, Array.isArray(grid) ? grid.length : grid);
    }
    for (const [i, point] of grid.entries()) {
      const fits = Array.isArray(point) && point.length === 2 && point.every((value) => value >= 0 && value <= 1);
      if (!fits) throw invalid(`${what}[${i}]`, "[x, y], both from 0 to 1", point);
    }
  }
}
