import { type AutoOptions, type CocoRle, type ObjectMask, rleFromCoco, rleIou } from "@masksmith/core";
import { buildLayerGrids } from "../../core/auto/grids.js";
import { resolveAutoOptions } from "../../core/auto/options.js";

/** One run of the official generator: its settings and the rows as it returns them. */
export interface AutoReference {
  readonly image: string;
  readonly width: number;
  readonly height: number;
  readonly params: Readonly<Record<string, number>>;
  readonly masks: readonly AutoReferenceMask[];
}

export interface AutoReferenceMask {
  readonly segmentation: CocoRle;
  readonly area: number;
  /** [x, y, width, height] of inclusive edges. */
  readonly bbox: readonly [number, number, number, number];
  readonly predicted_iou: number;
  readonly point_coords: readonly [readonly [number, number]];
  readonly stability_score: number;
  readonly crop_box: readonly [number, number, number, number];
}

/** The settings under our names. */
export function autoOptionsOf({ params }: AutoReference): AutoOptions {
  const named = Object.entries(params).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(named) as AutoOptions;
}

/** Of the points at which a run found nothing, one in so many is asked. */
const EMPTY_STEP = 8;

/** A run's settings with fewer points: those at which its masks were found, and a few of the others. */
export function fewerPoints(run: AutoReference): AutoOptions {
  const { pointsPerSide: _, cropNPointsDownscaleFactor: __, ...options } = autoOptionsOf(run);
  const found = run.masks.map(({ point_coords: [[x, y]], crop_box: [left, top, width, height] }) => ({
    layer: width === run.width && height === run.height ? 0 : 1,
    at: [(x - left) / width, (y - top) / height] as const,
  }));
  const pointGrids = buildLayerGrids(resolveAutoOptions(autoOptionsOf(run))).map((grid, layer) =>
    grid.filter(
      ([x, y], i) =>
        i % EMPTY_STEP === EMPTY_STEP / 2 ||
        found.some((one) => one.layer === layer && Math.hypot(one.at[0] - x, one.at[1] - y) < 1e-3),
    ),
  );
  return { ...options, pointGrids };
}

/** Largest differences between masks paired with the official ones, and how many of either side have a partner. */
export interface AutoAgreement {
  readonly official: number;
  readonly ours: number;
  /** Shares of masks with a mask of IoU 0.9 or more on the other side. */
  readonly officialFound: number;
  readonly oursFound: number;
  readonly predictedIou: number;
  readonly stabilityScore: number;
  /** Relative. */
  readonly area: number;
  /** Pixels. */
  readonly box: number;
  readonly cropBox: number;
  readonly point: number;
}

const SAME_IOU = 0.9;

export function agreement({ masks }: AutoReference, ours: readonly ObjectMask[]): AutoAgreement {
  const official = masks.map((mask) => ({ mask, rle: rleFromCoco(mask.segmentation) }));
  const worst = { predictedIou: 0, stabilityScore: 0, area: 0, box: 0, cropBox: 0, point: 0 };
  const note = (what: keyof typeof worst, ...differences: readonly number[]) => {
    worst[what] = Math.max(worst[what], ...differences.map(Math.abs));
  };
  let officialFound = 0;
  for (const { mask, rle } of official) {
    const ious = ours.map((own) => rleIou(rle, own.mask));
    const best = ours[ious.indexOf(Math.max(...ious))];
    if (!best || Math.max(...ious) < SAME_IOU) continue;
    officialFound++;
    const [x, y, width, height] = best.bbox;
    note("predictedIou", best.predictedIou - mask.predicted_iou);
    note("stabilityScore", best.stabilityScore - mask.stability_score);
    note("area", best.area / mask.area - 1);
    note("box", ...[x, y, width - 1, height - 1].map((value, i) => value - mask.bbox[i]));
    note("cropBox", ...best.cropBox.map((value, i) => value - mask.crop_box[i]));
    note("point", best.point.x - mask.point_coords[0][0], best.point.y - mask.point_coords[0][1]);
  }
  const oursFound = ours.filter((own) => official.some(({ rle }) => rleIou(rle, own.mask) >= SAME_IOU)).length;
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 1);
  return {
    official: official.length,
    ours: ours.length,
    officialFound: share(officialFound, official.length),
    oursFound: share(oursFound, ours.length),
    ...worst,
  };
}
