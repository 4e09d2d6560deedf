import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  adoptModel,
  box,
  createEngine,
  type EngineBackend,
  type EngineOptions,
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

interface Stored {
  readonly file: string;
  readonly shape: readonly number[];
}

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
  readonly picture: { readonly width: number; readonly height: number };
  readonly encoder: string;
  readonly tolerance: number;
  readonly embedding: Stored;
  readonly masks: Readonly<Record<string, Stored>>;
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

/** The model of a folder. */
export function modelIn(folder: string): ModelSource {
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
  runtime: Pick<EngineOptions<EngineBackend>, "backend" | "native" | "threads">,
  model: ModelSource = modelIn(folder),
): Promise<{ readonly found: Difference[]; readonly tolerance: number }> {
  const reference: ModelReference = JSON.parse(await readFile(join(folder, "reference/reference.json"), "utf8"));
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
    const found = [{ what: "embedding", relative: relative(embedded!.subarray(0, main.length), main) }];
    for (const asked of reference.cases) {
      const mask = asked.mask_input === null ? undefined : reference.masks[asked.mask_input]!;
      const logits = mask && { width: mask.shape[1]!, height: mask.shape[0]!, data: load(mask) };
      const prompts = asked.prompts.map((prompt) => toPrompt(prompt, logits));
      const answers = [
        ...(await engine.predict(embedding, prompts.map(ask(true)), { logits: true })),
        ...(await engine.predict(embedding, prompts.map(ask(false)), { logits: true })),
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
  const [, masks, height, width] = low_res_logits.shape as [number, number, number, number];
  const plane = height * width;
  const most = largest(logits);
  const worst = { iou: 0, logits: 0 };
  for (const [i, { candidates }] of answers.entries()) {
    const prompt = i % prompts.length;
    for (const candidate of candidates) {
      const index = prompt * masks + candidate.token;
      const theirs = logits.subarray(index * plane, (index + 1) * plane);
      worst.logits = Math.max(worst.logits, distance(candidate.logits!.data, theirs) / most);
      worst.iou = Math.max(worst.iou, Math.abs(candidate.predictedIou - iou[index]!) / largest(iou));
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
    const off = Math.abs(ours[i]! - theirs[i]!);
    if (!(off <= most)) most = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
  }
  return most;
}
