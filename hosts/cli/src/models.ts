import { readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { invalid, type Manifest, type ModelSource, parseManifest } from "@masksmith/core";
import { model as embedded } from "@masksmith/model-minisam-vit-t";
import { reasonOf } from "./failure.js";
import { notice } from "./terminal.js";

/** A model that can be named on the command line. */
export interface KnownModel {
  readonly manifest: Manifest;
  readonly source: ModelSource;
  /** Where its files are, in words. */
  readonly location: string;
}

/**
 * All models, the embedded one first, which is the default. `MASKSMITH_MODELS` may name more folders (separated as in
 * PATH), each of which holds model folders; where ids are equal, the folder's model replaces the one before it.
 */
export async function knownModels(): Promise<KnownModel[]> {
  const found = [{ manifest: parseManifest(embedded.manifest), source: embedded, location: "built in" }];
  for (const folder of (process.env.MASKSMITH_MODELS ?? "").split(delimiter).filter(Boolean)) {
    found.push(...(await modelsIn(folder)));
  }
  return [...new Map(found.map((model) => [model.manifest.id, model])).values()];
}

/** @throws MasksmithError `input` that lists the known ids. */
export async function findModel(id: string | undefined): Promise<KnownModel> {
  const known = await knownModels();
  const found = id === undefined ? known[0] : known.find((model) => model.manifest.id === id);
  if (!found) throw invalid("model", `one of ${known.map((model) => model.manifest.id).join(", ")}`, id);
  return found;
}

/** A model, and which of its encoders to run. */
export interface ChosenModel extends KnownModel {
  readonly encoder: string;
}

/**
 * The model and encoder that a command's options name. Without `--encoder` the exact one, if the model has it: who runs a
 * command wants the figures of the original, and waits a second more for them.
 * @throws MasksmithError `input` that lists the known names.
 */
export async function chooseModel(options: {
  readonly model?: string;
  readonly encoder?: string;
}): Promise<ChosenModel> {
  const model = await findModel(options.model);
  const encoders = Object.keys(model.manifest.encoders);
  const encoder = options.encoder ?? (encoders.includes("precise") ? "precise" : encoders[0]!);
  if (!encoders.includes(encoder)) throw invalid("--encoder", `one of ${encoders.join(", ")}`, encoder);
  return { ...model, encoder };
}

/** The models in a folder's subfolders. One that cannot be read is told of and left out. */
async function modelsIn(folder: string): Promise<KnownModel[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw invalid("MASKSMITH_MODELS", `folders that can be read (${reasonOf(cause)})`, folder);
  });
  const found: KnownModel[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const location = join(folder, entry.name);
    try {
      found.push(await readModelFolder(location));
    } catch (error) {
      notice(`left out the model in ${location}: ${reasonOf(error)}`);
    }
  }
  return found;
}

async function readModelFolder(location: string): Promise<KnownModel> {
  const manifest = parseManifest(JSON.parse(await readFile(join(location, "manifest.json"), "utf8")));
  const read: ModelSource["read"] = (file, options) => readFile(join(location, file), options);
  return { manifest, source: { manifest, read }, location };
}
