import { readdir, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { invalid, parseManifest } from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { dataFolder } from "../folders.js";
import { type BackendChoice, chooseRuntime, type Runtime } from "../runtime.js";
import { notice } from "../terminal.js";
import { BUILT_IN, BUILT_IN_IDS } from "./builtIn.js";
import { type KnownModel, readModelFolder } from "./folder.js";

/** Where the embedded model lies, in words. */
const IN_PROGRAM = "built in";

/**
 * The folders that hold model folders: those that `MASKSMITH_MODELS` names (separated as in PATH), else the user's own. New
 * models go into the first.
 */
export function modelFolders(): string[] {
  const named = (process.env.MASKSMITH_MODELS ?? "").split(delimiter).filter(Boolean);
  return named.length > 0 ? named : [join(dataFolder(), "models")];
}

/**
 * All models, the built-in one first, which is the default. Where ids are equal, the later folder's model replaces the one
 * before it; the names of built-in models are taken.
 */
export async function knownModels(): Promise<KnownModel[]> {
  const found = BUILT_IN.map((source): KnownModel => {
    return { manifest: parseManifest(source.manifest), source, location: IN_PROGRAM };
  });
  const isNamed = Boolean(process.env.MASKSMITH_MODELS);
  for (const folder of modelFolders()) found.push(...(await modelsIn(folder, isNamed)));
  return [...new Map(found.map((model) => [model.manifest.id, model])).values()];
}

/** @param id of a known model, or the path of a model's folder. @throws MasksmithError `input` that lists the known ids. */
export async function findModel(id: string | undefined): Promise<KnownModel> {
  const known = await knownModels();
  const found = id === undefined ? known[0] : known.find((model) => model.manifest.id === id);
  if (found) return found;
  if (id !== undefined && (await isFile(join(id, "manifest.json")))) return readModelFolder(id);
  if (id !== undefined && /[/\\]/.test(id)) {
    throw invalid("model", "a folder with a manifest.json (to use other folders: masksmith models add)", id);
  }
  throw invalid("model", `one of ${known.map((model) => model.manifest.id).join(", ")}`, id);
}

/** A model, which of its encoders to run, and where. */
export interface ChosenModel extends KnownModel {
  readonly encoder: string;
  readonly runtime: Runtime;
}

/**
 * The model, encoder and backend that a command's options name. Without `--encoder` the exact one, if the model has it: who
 * runs a command wants the figures of the original, and waits a second more for them.
 * @throws MasksmithError `input` that lists the known names; `runtime` if the backend is not installed.
 */
export async function chooseModel(options: {
  readonly model?: string;
  readonly encoder?: string;
  readonly backend?: BackendChoice;
  readonly threads?: number;
}): Promise<ChosenModel> {
  const model = await findModel(options.model);
  const encoders = Object.keys(model.manifest.encoders);
  const encoder = options.encoder ?? (encoders.includes("precise") ? "precise" : encoders[0]);
  if (!encoders.includes(encoder)) throw invalid("--encoder", `one of ${encoders.join(", ")}`, encoder);
  return { ...model, encoder, runtime: await chooseRuntime(options) };
}

/** The files that a model is made of, where it lies in a folder. */
export function modelFiles({ manifest, location }: KnownModel): string[] {
  if (location === IN_PROGRAM) return [];
  return ["manifest.json", ...Object.keys(manifest.files)].map((file) => join(location, file));
}

/** The models in a folder's subfolders. One that cannot be read is told of and left out. */
async function modelsIn(folder: string, isNamed: boolean): Promise<KnownModel[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    if (!isNamed && (cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw invalid("MASKSMITH_MODELS", `folders that can be read (${reasonOf(cause)})`, folder);
  });
  const found: KnownModel[] = [];
  for (const entry of entries) {
    // What begins with a dot is being written.
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const location = join(folder, entry.name);
    try {
      const model = await readModelFolder(location);
      const { id } = model.manifest;
      if (BUILT_IN_IDS.includes(id)) notice(`left out the model in ${location}: a built-in model is called ${id}`);
      else found.push(model);
    } catch (error) {
      notice(`skipped the model in ${location}: ${reasonOf(error)}`);
    }
  }
  return found;
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
