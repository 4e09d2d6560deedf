import { MasksmithError } from "../errors.js";
import type { EngineBackend, RgbRaster } from "../types.js";
import type { Manifest } from "./manifest.js";
import { modelMark } from "./marks.js";

/** Where verdicts of backend golden checks are kept, e.g. a file or the page's storage. May fail silently: it is a cache. */
export interface VerdictStore {
  /** The verdict kept under a key, if there is one. */
  get(key: string): Promise<string | undefined>;
  /** Keeps a verdict. */
  set(key: string, verdict: string): Promise<void>;
}

/** What a golden check needs of the pipeline it judges. */
export interface GoldenSubject {
  /** [C, H, W] embedding of a picture. */
  embed(raster: RgbRaster): Promise<Float32Array>;
  /** Decodes one foreground point (picture pixels) on the embedding of the last `embed`. */
  decode(x: number, y: number): Promise<{ readonly predictedIou: Float32Array; readonly logits: Float32Array }>;
}

/** Largest differences from the golden values, each as a share of its tolerance: 1 or less passes. */
export interface GoldenReport {
  readonly embedding: number;
  readonly predictedIou: number;
  readonly logits: number;
}

/**
 * The synthetic picture of the golden check, `disc-1`: a colour ramp with a disc in its middle, integers only, so that
 * every platform draws the same bytes.
 */
export function goldenPicture(width: number, height: number): RgbRaster {
  const data = new Uint8Array(width * height * 3);
  const radius = Math.floor(Math.min(width, height) / 2);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const dx = 2 * x + 1 - width;
      const dy = 2 * y + 1 - height;
      const inside = dx * dx + dy * dy <= radius * radius;
      data[at] = inside ? 220 : Math.floor((255 * x) / (width - 1));
      data[at + 1] = inside ? 60 : Math.floor((255 * y) / (height - 1));
      data[at + 2] = inside ? 40 : 128;
    }
  }
  return { width, height, data };
}

/** Size of the golden picture for models that bring none of their own. */
export const DISC = { width: 256, height: 192 } as const;

/** IoU of the best of the low-res masks with the golden picture's disc. @param logits [masks, height, width] */
export function discShare({ golden, input, masks }: Manifest, logits: Float32Array): number {
  const { width, height } = golden.picture;
  const [lowHeight, lowWidth] = masks.low_res;
  const long = Math.max(width, height);
  const [wide, high] = input.aspect === "stretch" ? [1, 1] : [width / long, height / long];
  // The picture is drawn in halves of pixels.
  const radius = Math.floor(Math.min(width, height) / 2) / 2;
  const plane = lowWidth * lowHeight;
  const planes = logits.length / plane;
  const both = new Float64Array(planes);
  const either = new Float64Array(planes);
  for (let i = 0; i < plane; i++) {
    const x = ((((i % lowWidth) + 0.5) / lowWidth) * width) / wide;
    const y = (((Math.floor(i / lowWidth) + 0.5) / lowHeight) * height) / high;
    if (x > width || y > height) continue;
    const inside = Math.hypot(x - width / 2, y - height / 2) <= radius;
    for (let p = 0; p < planes; p++) {
      const mask = logits[p * plane + i] > masks.threshold;
      if (mask && inside) both[p]++;
      if (mask || inside) either[p]++;
    }
  }
  return Math.max(...both.map((count, p) => count / Math.max(1, either[p])));
}

/** Runs the golden check and says how far the results are from the manifest's. */
export async function goldenReport(subject: GoldenSubject, manifest: Manifest, encoder: string): Promise<GoldenReport> {
  const { picture, tolerance, encoders } = manifest.golden;
  const golden = encoders[encoder];
  const embedding = await subject.embed(goldenPicture(picture.width, picture.height));
  const [, embeddingHeight, embeddingWidth] = manifest.embedding.shape;
  const { predictedIou, logits } = await subject.decode(...golden.prediction.point);
  checkTokens(manifest, predictedIou.length);
  const [lowResHeight, lowResWidth] = manifest.masks.low_res;
  return {
    embedding: worst(golden.embedding_probes, embedding, embeddingHeight, embeddingWidth) / tolerance.embedding,
    predictedIou:
      golden.prediction.predicted_iou.reduce((most, value, i) => larger(most, Math.abs(value - predictedIou[i])), 0) /
      tolerance.predicted_iou,
    logits: worst(golden.prediction.logits_probes, logits, lowResHeight, lowResWidth) / tolerance.logits,
  };
}

/** @throws MasksmithError `model` if the manifest names a mask that the decoder does not put out. */
function checkTokens({ id, masks: { single, candidates } }: Manifest, count: number): void {
  const wrong = [...candidates, ...(single === "best" ? [] : [single])].find((token) => token >= count);
  if (wrong === undefined) return;
  throw new MasksmithError(
    "model",
    `Model manifest of ${id}: masks: must be indices of the ${count} masks put out, got ${wrong}`,
  );
}

/**
 * Lets a backend pass only if it reproduces the golden values; the verdict is remembered for that backend, model
 * (by its whole manifest) and encoder, so that later starts cost nothing. A failure is not remembered: the driver may be updated.
 * @throws MasksmithError `runtime` that says what differs by how much.
 */
export async function proveBackend(
  subject: GoldenSubject,
  manifest: Manifest,
  encoder: string,
  backend: EngineBackend,
  verdicts: VerdictStore | undefined,
): Promise<void> {
  const key = `golden/${backend}/${manifest.id}@${manifest.version}-${modelMark(manifest)}/${encoder}`;
  if ((await verdicts?.get(key)) === "passed") return;
  judge(await goldenReport(subject, manifest, encoder), manifest, backend);
  await verdicts?.set(key, "passed");
}

/** @throws MasksmithError `runtime` if a result is off by more than its tolerance. */
export function judge(report: GoldenReport, manifest: Manifest, backend: EngineBackend): void {
  const failed = Object.entries(report).filter(([, share]) => !(share <= 1));
  if (failed.length > 0) {
    const faults = failed.map(([what, share]) => `${what} is off by ${share.toFixed(1)} times the tolerance`);
    throw new MasksmithError("runtime", `Backend ${backend} computes ${manifest.id} wrongly: ${faults.join(", ")}`);
  }
}

interface Probe {
  readonly at: readonly number[];
  readonly value: number;
}

function worst(probes: readonly Probe[], data: Float32Array, height: number, width: number): number {
  return probes.reduce((most, { at, value }) => {
    const [c, y, x] = at as [number, number, number];
    return larger(most, Math.abs(value - (data[(c * height + y) * width + x] ?? Number.NaN)));
  }, 0);
}

/** Like Math.max, but a NaN wins: a NaN in the output must fail the check. */
function larger(a: number, b: number): number {
  return Number.isNaN(b) || b > a ? b : a;
}
