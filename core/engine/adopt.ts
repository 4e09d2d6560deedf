import { MasksmithError } from "../errors.js";
import { masksOf, type Proposal } from "../model/adapters/index.js";
import { DISC, discShare, goldenPicture } from "../model/golden.js";
import type { Manifest } from "../model/manifest.js";
import type { OrtOptions } from "../runtime/ort.js";
import { goldenSubject } from "./goldenSubject.js";
import { loadModel } from "./loaded.js";
import type { EngineOptions } from "./types.js";

/** What the files of a found model cannot say. */
export interface ModelFacts {
  readonly id: string;
  readonly name: string;
  readonly provenance: string;
  /** Where it is known; the files themselves do not say. */
  readonly licence?: Manifest["licence"] | undefined;
  readonly files: Manifest["files"];
}

/** How the first run of a found model went. */
export interface Sanity {
  /** Masks a prompt. */
  readonly masks: number;
  /** IoU of the best mask with the disc that a click in its middle means. Trained models are near 1. */
  readonly discIou: number;
  readonly predictedIou: readonly number[];
}

/** A model that has run once. */
export interface AdoptedModel {
  readonly manifest: Manifest;
  readonly sanity: Sanity;
}

/** Share of the largest value that backends may differ by. */
const TOLERANCE = 0.02;
const PROBES = 12;
const ENCODER = "precise";

/**
 * Makes a manifest for graphs of a known layout by running them once, on the golden picture: how many masks there are, and the
 * golden values by which other backends will be judged.
 * @param read the folder's files.
 * @throws MasksmithError `model` if the graphs do not run, or give what no model gives.
 */
export async function adoptModel(
  { layout }: Proposal,
  facts: ModelFacts,
  files: Pick<EngineOptions["model"], "read" | "local">,
  ortOptions: OrtOptions,
): Promise<AdoptedModel> {
  const draft = manifestOf(layout, facts, 1, {
    embedding: new Float32Array(1),
    predictedIou: [0],
    logits: new Float32Array(1),
  });
  const model = await loadModel({ model: { ...files, manifest: draft } }, ortOptions);
  try {
    const subject = goldenSubject(model);
    const embedding = (await subject.embed(goldenPicture(DISC.width, DISC.height))).slice();
    const { predictedIou, logits } = await subject.decode(DISC.width / 2, DISC.height / 2);
    const first = { embedding, predictedIou: [...predictedIou], logits };
    checkValues("embedding", embedding);
    checkValues("predicted IoU", predictedIou, false);
    checkValues("logits", logits);
    const manifest = manifestOf(layout, facts, predictedIou.length, first);
    const discIou = discShare(manifest, logits);
    return { manifest, sanity: { masks: predictedIou.length, discIou, predictedIou: first.predictedIou } };
  } finally {
    await model.release();
  }
}

interface FirstRun {
  readonly embedding: Float32Array;
  readonly predictedIou: readonly number[];
  readonly logits: Float32Array;
}

function manifestOf(layout: Proposal["layout"], facts: ModelFacts, masks: number, run: FirstRun): Manifest {
  const [channels, height, width] = layout.embedding.shape;
  const [lowHeight, lowWidth] = layout.masks.low_res;
  return {
    schema: 1,
    ...facts,
    version: "1.0.0",
    family: layout.family,
    licence: facts.licence ?? { spdx: "NOASSERTION", note: "The files do not say. Ask where they came from." },
    input: layout.input,
    embedding: layout.embedding,
    encoders: { [ENCODER]: layout.encoder },
    decoder: layout.decoder,
    masks: masksOf(masks, layout),
    golden: {
      picture: { generator: "disc-1", ...DISC },
      tolerance: {
        embedding: TOLERANCE * largest(run.embedding),
        predicted_iou: TOLERANCE,
        logits: TOLERANCE * largest(run.logits),
      },
      encoders: {
        [ENCODER]: {
          embedding_probes: probes(run.embedding, channels, height, width),
          prediction: {
            point: [DISC.width / 2, DISC.height / 2],
            predicted_iou: [...run.predictedIou],
            logits_probes: probes(run.logits, masks, lowHeight, lowWidth),
          },
        },
      },
    },
  };
}

/** Values at places spread over all planes. */
function probes(data: Float32Array, planes: number, height: number, width: number) {
  return Array.from({ length: PROBES }, (_, i) => {
    const at = [
      i % planes,
      Math.floor(((i * 7 + 3) % 12) * (height / 12)),
      Math.floor(((i * 5 + 2) % 12) * (width / 12)),
    ];
    const [c, y, x] = at as [number, number, number];
    return { at, value: data[(c * height + y) * width + x] ?? 0 };
  });
}

function largest(data: Float32Array): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** @throws MasksmithError `model` if values are not finite, or all the same. */
function checkValues(what: string, data: Float32Array, varied = true): void {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (!Number.isFinite(value)) throw new MasksmithError("model", `The model gives ${value} in its ${what}`);
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (varied && !(most > least))
    throw new MasksmithError("model", `The model gives nothing but ${least} in its ${what}`);
}
