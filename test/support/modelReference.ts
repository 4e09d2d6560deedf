import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  adoptModel,
  box,
  createEngine,
  type EngineBackend,
  type LowResLogits,
  type ModelSource,
  type Prompt,
  parseManifest,
  point,
  type Raster,
} from "@masksmith/core";
import { goldenPicture } from "../../core/model/golden.js";
import { folderSource } from "../../hosts/cli/src/models/folder.js";
import { filesOf, graphFolder, inspectFolder } from "../../hosts/cli/src/models/inspect.js";
import type { Runtime } from "./native.js";

interface Stored {
  readonly file: string;
  readonly shape: readonly number[];
  /** Of the last two axes only every so-manieth value is stored, from half of it on; `of`: the whole shape. */
  readonly stride?: number;
  readonly of?: readonly number[];
}

/** A mask prompt: stored, or drawn by a rule. */
type StoredMask = Stored | { readonly generator: "soft-disc-1"; readonly shape: readonly number[] };

interface Case {
  readonly name: string;
  readonly mask_input: string | null;
  readonly prompts: readonly {
    readonly points: readonly (readonly [number, number])[];
    readonly labels: readonly number[];
    readonly box: readonly [number, number, number, number] | null;
  }[];
  readonly predicted_iou: Stored;
  readonly low_res_logits: Stored;
}

/** What PyTorch computes with the same weights; see models/export/README.md. */
interface ModelReference {
  /** Of a public layout: the adapter that has to recognise it. */
  readonly adapter?: string;
  readonly picture: { readonly width: number; readonly height: number };
  readonly encoder: string;
  readonly tolerance: number;
  readonly embedding: Stored;
  readonly masks: Readonly<Record<string, StoredMask>>;
  readonly cases: readonly Case[];
}

/** Largest difference from PyTorch, as a share of PyTorch's largest value. */
export interface Difference {
  readonly what: string;
  readonly relative: number;
}

/** Whether a model's folder brings a reference. */
export function hasReference(folder: string): boolean {
  return existsSync(join(folder, "reference/reference.json"));
}

/** Which adapter has to recognise a folder of models/export's layouts, as its reference says. */
export function adapterOf(folder: string): string | undefined {
  return readReference(folder).adapter;
}

function readReference(folder: string): ModelReference {
  return JSON.parse(readFileSync(join(folder, "reference/reference.json"), "utf8"));
}

/** The model of a folder. */
function modelIn(folder: string): ModelSource {
  return folderSource(folder, JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
}

/** The model in a folder of a public layout, added as the command line adds it. */
export async function adoptFolder(folder: string): Promise<{ readonly adapter: string; readonly model: ModelSource }> {
  const found = await inspectFolder(await graphFolder(folder));
  const facts = { id: basename(folder), name: basename(folder), provenance: "Random", files: await filesOf(found) };
  const files = folderSource(found.folder, undefined);
  const { manifest } = await adoptModel(found.proposal, facts, files, { backend: "wasm", threads: 1 });
  return { adapter: found.proposal.adapter, model: folderSource(found.folder, parseManifest(manifest)) };
}

/** Runs every case of a model's reference through an engine: embedding, predicted IoUs and logits of every mask. */
export async function differences(
  folder: string,
  runtime: Runtime,
  model: ModelSource = modelIn(folder),
): Promise<{ readonly found: Difference[]; readonly tolerance: number }> {
  const reference = readReference(folder);
  const load = (stored: Stored) => readFloats(join(folder, "reference", stored.file));
  let embedded: Float32Array | undefined;
  const embeddings = {
    get: async () => undefined,
    set: async (_: string, data: Float32Array) => {
      embedded = data.slice();
    },
  };
  const engine = await createEngine<EngineBackend>({
    model,
    encoder: reference.encoder,
    embeddings,
    ...runtime,
  });
  try {
    const { width, height } = reference.picture;
    const picture: Raster = { ...goldenPicture(width, height), channels: 3 };
    const embedding = await engine.embed(picture);
    const main = load(reference.embedding);
    const [, , rows, columns] = (reference.embedding.of ?? reference.embedding.shape) as [
      number,
      number,
      number,
      number,
    ];
    const ours = embedded!.subarray(0, fullLength(reference.embedding));
    const found = [
      { what: "embedding", relative: relative(thinned(ours, rows, columns, reference.embedding.stride), main) },
    ];
    for (const asked of reference.cases) {
      const mask = asked.mask_input === null ? undefined : reference.masks[asked.mask_input];
      const data = mask && ("generator" in mask ? softDisc(mask.shape) : load(mask));
      const logits = data && { width: mask!.shape[1], height: mask!.shape[0], data };
      const prompts = asked.prompts.map((prompt) => toPrompt(prompt, logits));
      const answers = [
        ...(await engine.predict(embedding, prompts.map(ask(true)), { logits: true, raw: true })),
        ...(await engine.predict(embedding, prompts.map(ask(false)), { logits: true, raw: true })),
      ];
      found.push(...compare(asked, answers, load(asked.predicted_iou), load(asked.low_res_logits)));
    }
    return { found, tolerance: reference.tolerance };
  } finally {
    await engine.dispose();
  }
}

const ask = (multimask: boolean) => (prompt: Prompt) => ({ ...prompt, multimask });

function compare(
  { name, prompts, low_res_logits }: Case,
  answers: Awaited<ReturnType<Awaited<ReturnType<typeof createEngine>>["predict"]>>,
  iou: Float32Array,
  logits: Float32Array,
): Difference[] {
  const [, masks] = low_res_logits.shape as [number, number, number, number];
  const [rows, columns] = (low_res_logits.of ?? low_res_logits.shape).slice(2) as [number, number];
  const plane = logits.length / (prompts.length * masks);
  const most = largest(logits);
  const worst = { iou: 0, logits: 0 };
  for (const [i, { candidates }] of answers.entries()) {
    const prompt = i % prompts.length;
    for (const candidate of candidates) {
      const index = prompt * masks + candidate.token;
      const theirs = logits.subarray(index * plane, (index + 1) * plane);
      worst.logits = Math.max(
        worst.logits,
        distance(thinned(candidate.logits!.data, rows, columns, low_res_logits.stride), theirs) / most,
      );
      worst.iou = Math.max(worst.iou, Math.abs(candidate.predictedIou - iou[index]) / largest(iou));
    }
  }
  return [
    { what: `${name}: predicted IoU`, relative: worst.iou },
    { what: `${name}: logits`, relative: worst.logits },
  ];
}

function toPrompt({ points, labels, box: sides }: Case["prompts"][number], mask: LowResLogits | undefined): Prompt {
  const labelled = (label: number) =>
    points.filter((_, i) => labels[i] === label).map(([x, y]) => point("document", x, y));
  return {
    foreground: labelled(1),
    background: labelled(0),
    ...(sides ? { box: box("document", ...sides) } : {}),
    ...(mask ? { mask } : {}),
  };
}

function fullLength({ shape, of = shape }: Stored): number {
  return of.reduce((product, side) => product * side, 1);
}

/** Every `stride`-th row and column of planes of rows x columns, from half a stride on. */
function thinned(data: Float32Array, rows: number, columns: number, stride = 1): Float32Array {
  if (stride === 1) return data;
  const values: number[] = [];
  const first = Math.floor(stride / 2);
  for (let plane = 0; plane < data.length; plane += rows * columns) {
    for (let y = first; y < rows; y += stride) {
      for (let x = first; x < columns; x += stride) values.push(data[plane + y * columns + x]);
    }
  }
  return Float32Array.from(values);
}

/** Logits of a disc left above the middle, as models/export draws them. */
function softDisc([height, width]: readonly number[]): Float32Array {
  const n = width!;
  return Float32Array.from({ length: height! * n }, (_, i) => {
    const far = Math.hypot((i % n) - n / 2, Math.floor(i / n) - (3 * n) / 8);
    return Math.min(12, Math.max(-12, ((n / 4 - far) * 256) / n));
  });
}

function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function relative(ours: Float32Array, theirs: Float32Array): number {
  return distance(ours, theirs) / largest(theirs);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** A value that is no number is infinitely far. */
function distance(ours: Float32Array, theirs: Float32Array): number {
  if (ours.length !== theirs.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < ours.length; i++) {
    const off = Math.abs(ours[i] - theirs[i]);
    if (!(off <= most)) most = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
  }
  return most;
}
