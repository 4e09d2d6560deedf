import { MasksmithError, throwIfAborted } from "../errors.js";
import { box, size } from "../frames.js";
import { cropRaster, validateRaster } from "../raster.js";
import type { Signal } from "../signal.js";
import type { CallOptions, Embedding, EmbedOptions, ObjectMask, Raster, Size } from "../types.js";
import { CropMasks } from "./cropMasks.js";
import { type Crop, generateCrops } from "./crops.js";
import type { CropDecoder, CropTask } from "./cropTask.js";
import { type FoundMask, type PlacedMask, toObjectMask } from "./found.js";
import { buildLayerGrids } from "./grids.js";
import { ObjectRanking } from "./objects/index.js";
import { type AutoOptions, type AutoSettings, type PointGrid, resolveAutoOptions } from "./options.js";
import { decodeAgain, searchAll, searchFast, searchObjects } from "./searchCrop.js";
import { MaskStream, type MaskUpdate } from "./stream.js";
import { withoutDuplicatesAcross, withoutSmallRegions } from "./suppress.js";

export interface GenerateOptions extends CallOptions {
  /** Settings of the search; by default the official generator's. */
  readonly auto?: AutoOptions;
  /** Size of the document, if the raster is a reduced copy of it. Default: the raster's size. */
  readonly document?: Size<"document">;
  /** Hears of masks as they are found, and of those that better ones suppress. */
  readonly onMasks?: (update: MaskUpdate) => void;
}

/** What generation needs of an engine. */
export interface GeneratorHost {
  /** Candidates a point: the model's ambiguity masks. */
  readonly candidates: number;
  /** Why the model cannot do the fast mode, as a sentence; absent: it can. */
  readonly noFast?: string;
  embed(raster: Raster, options: EmbedOptions): Promise<Embedding>;
  /** Frees what `embed` needs, after the last one. */
  endEncoding(): void;
  /** float32 [1, C, H, W]; unless `keep`, the engine drops its own copy. */
  takeEmbedding(embedding: Embedding, keep: boolean): Promise<Float32Array>;
  openCrop(task: CropTask): CropDecoder & { close(): void };
}

const STAGE = "Finding objects";
/** What encoding a crop counts in its progress, beside its points. */
const ENCODE_SHARE = 0.06;

/**
 * Finds every object of a picture (`SamAutomaticMaskGenerator.generate`): prompts on a grid, on the whole picture and on
 * crops of it; filters by predicted IoU, stability and crop edges; suppresses duplicates. Rows come in the official order:
 * by falling predicted IoU, smaller crops first where there are several, masks changed by `minMaskRegionArea` last.
 *
 * With `ranked` the rows are a list of what people see as objects, the likeliest first (`ObjectRanking`).
 *
 * Differs from the original in what it does not give: masks without a pixel, which that keeps if the stability threshold
 * is 0, and any masks of a picture that is transparent throughout. The stability of pictures larger than the model's
 * input is measured at the size of the input.
 * @throws MasksmithError `input` for options or a raster out of range, `runtime`, `aborted`.
 */
export async function generateMasks(
  host: GeneratorHost,
  raster: Raster,
  options: GenerateOptions,
): Promise<ObjectMask[]> {
  const settings = resolveAutoOptions(options.auto);
  if (settings.fast && !settings.ranked && host.noFast) throw new MasksmithError("input", host.noFast);
  validateRaster(raster);
  throwIfAborted(options.signal);
  if (isTransparent(raster)) return [];
  const document = options.document ?? size("document", raster.width, raster.height);
  const crops = generateCrops(document.width, document.height, settings.cropNLayers, settings.cropOverlapRatio);
  const grids = buildLayerGrids(settings);
  const stream = new MaskStream(settings, options.onMasks);
  const progress = progressOver(crops, grids, options);
  const finished: PlacedMask[][] = [];
  const ranking = settings.ranked ? new ObjectRanking(document.width * document.height, settings.most) : undefined;
  let firstId = 0;
  for (const [i, crop] of crops.entries()) {
    const grid = grids[crop.layer];
    const place = { raster, document, crop, grid, firstId };
    const search = { host, ...place, settings, stream, ranking, progress: progress.of(i) };
    const masks = await searchCrop(search, options, i === crops.length - 1);
    throwIfAborted(options.signal);
    finished.push(masks);
    stream.finished(masks);
    firstId += grid.length * host.candidates;
  }
  const masks = ranking ? ranking.best() : withoutSmallRegions(withoutDuplicatesAcross(finished, settings), settings);
  stream.show(masks);
  options.onProgress?.({ stage: STAGE, fraction: 1 });
  return masks.map(toObjectMask);
}

/** Whether nothing of the raster can be seen. */
function isTransparent({ channels, data }: Raster): boolean {
  if (channels !== 2 && channels !== 4) return false;
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] > 0) return false;
  return true;
}

interface CropSearch {
  readonly host: GeneratorHost;
  readonly raster: Raster;
  readonly document: { readonly width: number; readonly height: number };
  readonly crop: Crop;
  readonly grid: PointGrid;
  readonly firstId: number;
  readonly settings: AutoSettings;
  readonly stream: MaskStream;
  /** For a ranked list. */
  readonly ranking: ObjectRanking | undefined;
  readonly progress: (fraction: number) => void;
}

/** The masks of one crop, without duplicates; those of a ranked list go there. */
async function searchCrop(search: CropSearch, { signal }: GenerateOptions, last: boolean): Promise<PlacedMask[]> {
  const { host, crop, grid, firstId, settings, stream, ranking, progress } = search;
  if (grid.length === 0) return [];
  const embedding = await embedCrop(search, signal);
  progress(ENCODE_SHARE);
  if (last) host.endEncoding();
  const data = await host.takeEmbedding(embedding, crop.layer === 0);
  const opened = host.openCrop({ embedding: data, placement: embedding.placement, crop, settings, firstId });
  const decoder = stoppable(opened, signal);
  const positions = positionsOf(grid, crop);
  const masks = new CropMasks(crop, settings);
  const listener = {
    found: (found: readonly FoundMask[]) => {
      if (ranking) {
        ranking.add(found.map((mask) => ({ ...mask, crop })));
        stream.ranked(() => ranking.best());
        return;
      }
      masks.add(found);
      stream.known(() => masks.known());
    },
    progress: (fraction: number) => progress(ENCODE_SHARE + (1 - ENCODE_SHARE) * fraction),
  };
  try {
    await searchOf(settings, host)(decoder, positions, settings, listener);
    return await masks.finish((ids) => {
      const points = new Set(ids.map((id) => Math.floor((id - firstId) / host.candidates)));
      return decodeAgain(decoder, [...points], positions);
    });
  } finally {
    opened.close();
  }
}

/** The way to search a crop. A ranked list is found by decoding all points where the model cannot be scouted. */
function searchOf({ fast, ranked }: AutoSettings, { noFast }: GeneratorHost): typeof searchAll {
  if (!fast || noFast !== undefined) return searchAll;
  return ranked ? searchObjects : searchFast;
}

/** Starts nothing once the signal has fired: whoever stops the workers stops only what has been started. */
function stoppable(decoder: CropDecoder, signal: Signal | undefined): CropDecoder {
  return {
    decode: async (points, options) => {
      throwIfAborted(signal);
      return decoder.decode(points, options);
    },
    scout: async (points) => {
      throwIfAborted(signal);
      return decoder.scout(points);
    },
  };
}

/** Embeds the crop's part of the raster; of a reduced raster the pixels that show it, rounded outwards. */
async function embedCrop({ host, raster, document, crop }: CropSearch, signal: Signal | undefined) {
  const place = {
    document: size("document", document.width, document.height),
    region: box("document", crop.x0, crop.y0, crop.x1, crop.y1),
    ...(signal ? { signal } : {}),
  };
  if (crop.layer === 0) return host.embed(raster, place);
  const scaleX = raster.width / document.width;
  const scaleY = raster.height / document.height;
  const part = box(
    "image",
    Math.floor(crop.x0 * scaleX),
    Math.floor(crop.y0 * scaleY),
    Math.min(raster.width, Math.ceil(crop.x1 * scaleX)),
    Math.min(raster.height, Math.ceil(crop.y1 * scaleY)),
  );
  return host.embed(cropRaster(raster, part), place);
}

/** [points, 2] in document pixels. */
function positionsOf(grid: PointGrid, { x0, y0, x1, y1 }: Crop): Float64Array {
  const positions = new Float64Array(2 * grid.length);
  for (const [i, [x, y]] of grid.entries()) {
    positions[2 * i] = x0 + x * (x1 - x0);
    positions[2 * i + 1] = y0 + y * (y1 - y0);
  }
  return positions;
}

/** Spreads the fraction over crops by their points; it never falls. */
function progressOver(crops: readonly Crop[], grids: readonly PointGrid[], { onProgress }: GenerateOptions) {
  const points = crops.map(({ layer }) => grids[layer].length);
  const total = Math.max(
    1,
    points.reduce((a, b) => a + b, 0),
  );
  let reached = 0;
  return {
    of: (index: number) => (fraction: number) => {
      const before = points.slice(0, index).reduce((a, b) => a + b, 0);
      reached = Math.max(reached, (before + fraction * points[index]) / total);
      onProgress?.({ stage: STAGE, fraction: reached });
    },
  };
}
