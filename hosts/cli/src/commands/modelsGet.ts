import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { invalid, PUBLIC_MODELS, type PublicModel, type PublishedFile } from "@masksmith/core";
import { dataFolder } from "../folders.js";
import { addModel, download, modelFolders } from "../models/index.js";
import { print, progressLine } from "../terminal.js";

export interface GetOptions {
  readonly from?: string;
  readonly mirror?: string;
  readonly proxy?: string;
  readonly sha256?: readonly string[];
  readonly yes?: true;
  readonly out?: string;
  readonly json?: true;
}

/**
 * `masksmith models get ID`: downloads a known model's files from the source that the user names (`--from`), or confirms
 * (`--yes`: the publisher's). Graphs are then added; checkpoints wait for models/export.
 */
export async function getModel(id: string, options: GetOptions): Promise<void> {
  const model = PUBLIC_MODELS.find((known) => known.id === id);
  if (!model) throw invalid("model", `one of ${PUBLIC_MODELS.map((known) => known.id).join(", ")}`, id);
  const source = sourceOf(model, options);
  const hashes = hashesOf(model, options);
  const folder = options.out ?? join(dataFolder(), "downloads", model.id);
  const files: { readonly path: string; readonly sha256: string }[] = [];
  for (const file of model.files) {
    const sha256 = await fetchFile(file, source, hashes.get(file.name), folder, options);
    files.push({ path: join(folder, file.name), sha256 });
  }
  const added = model.kind === "onnx" ? await addDownloaded(folder, model) : undefined;
  if (options.json) {
    await print(`${JSON.stringify({ id, folder, files, ...(added ? { added } : {}) }, null, 2)}\n`);
    return;
  }
  const lines = files.map(({ path, sha256 }) => `${path}: sha256 ${sha256}`);
  const next = added ? `added as ${added}; use it with --model ${added}` : exportWords(model, folder);
  await print(`${[...lines, next].join("\n")}\n`);
}

/** What to do with weights that are no graphs yet. */
function exportWords({ id, kind, files }: PublicModel, folder: string): string {
  const source = kind === "checkpoint" ? join(folder, files[0].name) : folder;
  return (
    "PyTorch weights: export them, in masksmith's folder models, with\n" +
    `  python -m export ${kind} ${source} -o ${id}\n  masksmith models add ${id} --copy`
  );
}

/** The base address of the files: named, or the publisher's if that is confirmed, by way of a mirror if one is given. */
function sourceOf(model: PublicModel, { from, mirror, yes }: GetOptions): URL {
  if (from === undefined && !yes) {
    throw invalid(
      "--from",
      `the address to download ${model.id} from, or --yes for its publisher's (${model.source ?? model.page})`,
      "none",
    );
  }
  const base = parseUrl("--from", from ?? model.source ?? "");
  if (mirror === undefined) return base;
  const replaced = parseUrl("--mirror", mirror);
  return new URL(replaced.pathname.replace(/\/$/, "") + base.pathname, replaced);
}

function parseUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ["http:", "https:"].includes(url.protocol)) return url;
  // Not named as it is: there may be a password in it.
  throw invalid(option, "an http or https address", url ? `one that begins with ${url.protocol}` : "another text");
}

/** Hashes by file: published ones, with those that the user gives before them. `none` waives the check. */
function hashesOf(model: PublicModel, { sha256 = [] }: GetOptions): Map<string, string | undefined> {
  const given = new Map<string, string>();
  for (const text of sha256) {
    const [first, second] = text.split("=");
    const name = second === undefined ? model.files[0].name : first!;
    const hash = (second ?? first!).toLowerCase();
    const isAll = hash === "none" && second === undefined;
    if (!isAll && hash !== "none" && !/^[0-9a-f]{64}$/.test(hash))
      throw invalid("--sha256", "64 hex digits, or none", text);
    if (!isAll && model.files.length > 1 && second === undefined) {
      throw invalid("--sha256", `FILE=HASH, for each of ${model.files.map((file) => file.name).join(", ")}`, text);
    }
    for (const file of isAll ? model.files : [{ name }]) given.set(file.name, hash);
  }
  return new Map(model.files.map((file) => [file.name, hashOf(file, given.get(file.name))]));
}

function hashOf({ name, sha256 }: PublishedFile, given: string | undefined): string | undefined {
  if (sha256 !== undefined) return given === undefined || given === "none" ? sha256 : given;
  if (given === undefined) {
    throw invalid(
      "--sha256",
      `the hash of ${name}, for which none is published, or none to take what comes`,
      "nothing",
    );
  }
  return given === "none" ? undefined : given;
}

async function fetchFile(
  file: PublishedFile,
  source: URL,
  sha256: string | undefined,
  folder: string,
  { proxy }: GetOptions,
): Promise<string> {
  const target = join(folder, file.name);
  if (sha256 !== undefined && (await hashOfFile(target)) === sha256) return sha256;
  const url = source.pathname.endsWith("/") ? new URL(file.name, source) : source;
  const progress = progressLine();
  try {
    return await download({ url, target, bytes: file.bytes, sha256, proxy, onProgress: progress.report });
  } finally {
    progress.clear();
  }
}

async function hashOfFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function addDownloaded(folder: string, { id, licence, spdx, page }: PublicModel): Promise<string> {
  const [store] = modelFolders();
  const { manifest } = await addModel(folder, {
    id,
    licence: { spdx: spdx ?? licence, note: `${spdx ? `${licence}. ` : ""}As its publisher says: ${page}` },
    copy: false,
    store: store!,
    runtime: { backend: "wasm" },
  });
  return manifest.id;
}
