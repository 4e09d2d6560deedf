import { basename, dirname, resolve } from "node:path";
import {
  adoptModel,
  goldenCheck,
  invalid,
  type Manifest,
  parseManifest,
  type Sanity,
  verifyModel,
  WASM_MEMORY,
} from "@masksmith/core";
import type { Runtime } from "../runtime.js";
import { BUILT_IN_IDS } from "./builtIn.js";
import { folderSource, readManifestFile, referredFolder } from "./folder.js";
import { filesOf, graphFolder, inspectFolder } from "./inspect.js";
import { checkStore, type StoredModel, storeModel } from "./store.js";

/** As `parseManifest` takes them. */
const LONGEST_ID = 64;

export interface AddOptions {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  /** Where it is known, the source of the files. */
  readonly licence?: Manifest["licence"] | undefined;
  readonly copy: boolean;
  /** Null: only looks and runs the model once. */
  readonly store: string | null;
  readonly runtime: Runtime;
}

/** What was added, for a person and for programs. */
export interface AddedModel {
  readonly manifest: Manifest;
  /** Its new folder; null if it was only looked at. */
  readonly folder: string | null;
  /** Whether one of the same id was there, which it replaces. */
  readonly replaced: boolean;
  /** What it was found to be. */
  readonly description: string;
  readonly adapter: string;
  readonly unused: readonly string[];
  /** Only for graphs that brought no manifest: those that do are checked against their own values. */
  readonly sanity?: Sanity;
}

/**
 * Adds the model in a folder to the user's own: one of masksmith's folders (a manifest and its files), or graphs of a public
 * layout, for which a manifest is made. Either way it has to run once before it is stored.
 * @throws MasksmithError `input` (nothing fits), `model` (damaged, or computes wrongly), `runtime`.
 */
export async function addModel(path: string, options: AddOptions): Promise<AddedModel> {
  const folder = await graphFolder(path);
  const manifest = await readManifestFile(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return manifest === undefined ? addGraphs(folder, path, options) : addOwn(folder, manifest, options);
}

async function addOwn(folder: string, value: unknown, options: AddOptions): Promise<AddedModel> {
  const given = parseManifest(value);
  const { id = given.id, name = given.name } = options;
  const manifest = parseManifest({ ...given, id, name });
  const files = (await referredFolder(folder)) ?? folder;
  const source = folderSource(files, manifest);
  await checkPlace(id, options);
  for (const encoder of Object.keys(manifest.encoders)) {
    const { backends } = manifest.encoders[encoder];
    const runs = !backends || backends.includes(options.runtime.backend ?? "wasm");
    if (runs) await goldenCheck(source, encoder, options.runtime);
  }
  await verifyModel(source);
  const stored = await keep(manifest, files, options);
  const description = `a model of masksmith's own layout (${manifest.family}), encoder ${Object.keys(manifest.encoders).join(", ")}`;
  return { manifest, ...stored, description, adapter: "masksmith", unused: [] };
}

async function addGraphs(folder: string, path: string, options: AddOptions): Promise<AddedModel> {
  const id = options.id ?? idOf(path);
  await checkPlace(id, options);
  const found = await inspectFolder(folder);
  const { native: nativeRuntime } = options.runtime;
  const files = await filesOf(found, nativeRuntime ? nativeRuntime.availableMemory() : WASM_MEMORY);
  const { description } = found.proposal.layout;
  const provenance = `Added by its user. Found to be ${description}.`;
  const facts = { id, name: options.name ?? id, provenance, licence: options.licence, files };
  const { backend = "wasm", threads = 1, native } = options.runtime;
  const source = folderSource(folder, undefined);
  const { manifest, sanity } = await adoptModel(found.proposal, facts, source, { backend, threads, native });
  const checked = parseManifest(manifest);
  const stored = await keep(checked, folder, options);
  return {
    manifest: checked,
    ...stored,
    description,
    adapter: found.proposal.adapter,
    unused: found.unused,
    sanity,
  };
}

type Kept = StoredModel | { readonly folder: null; readonly replaced: false };

async function keep(manifest: Manifest, files: string, { store, copy }: AddOptions): Promise<Kept> {
  return store === null ? { folder: null, replaced: false } : storeModel(manifest, { store, files, copy });
}

async function checkPlace(id: string, { store }: AddOptions): Promise<void> {
  if (store !== null) await checkStore(store, id, BUILT_IN_IDS);
}

/** The folder's name as an id. @throws MasksmithError `input` if nothing of it is left. */
function idOf(path: string): string {
  const full = resolve(path);
  const name = basename(full) === "onnx" ? basename(dirname(full)) : basename(full);
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, LONGEST_ID)
    .replace(/-+$/, "");
  if (id === "") throw invalid("folder", "one whose name has letters or digits, or an --id", path);
  return id;
}
