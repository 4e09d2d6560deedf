import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  checkExternal,
  type FoundGraph,
  invalid,
  type Manifest,
  MasksmithError,
  type Proposal,
  proposeLayout,
  readGraphInfo,
} from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { notice } from "../terminal.js";
import { openInFolder } from "./localFile.js";

/** Subfolders in which public models keep their graphs. */
const GRAPH_FOLDERS = ["", "onnx"];
/** A model has a handful of graphs; a folder of more is something else. */
const MOST_GRAPHS = 64;

/** Graphs of a known layout, found in a folder. */
export interface FoundLayout {
  /** The folder of the graphs themselves. */
  readonly folder: string;
  readonly proposal: Proposal;
  /** Graphs in the folder that the layout does not use. */
  readonly unused: readonly string[];
}

/** The folder of a model's graphs: the one named, or its `onnx`. @throws MasksmithError `input`. */
export async function graphFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch((cause) => {
    throw invalid("model folder", `one that can be read (${reasonOf(cause)})`, folder);
  });
  if (!found.isDirectory()) throw invalid("model folder", "a folder", folder);
  for (const sub of GRAPH_FOLDERS) {
    const path = join(folder, sub);
    const names = await readdir(path).catch((): string[] => []);
    if (names.some((name) => name.endsWith(".onnx")) || names.includes("manifest.json")) return path;
  }
  throw invalid("model folder", "a folder with .onnx files (of one model)", folder);
}

/**
 * Looks into a folder's graphs, without running any, and finds their layout. A graph that is damaged, or asks for files outside
 * the folder, is told of; if the layout needs it, that is what is wrong.
 * @throws MasksmithError `input`, `model`.
 */
export async function inspectFolder(folder: string): Promise<FoundLayout> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".onnx")).sort();
  if (names.length > MOST_GRAPHS) throw invalid("model folder", `at most ${MOST_GRAPHS} .onnx files`, names.length);
  const graphs: FoundGraph[] = [];
  const refused: string[] = [];
  for (const file of names) {
    try {
      graphs.push({ file, info: await inspectGraph(folder, file) });
    } catch (error) {
      const reason = reasonOf(error);
      refused.push(reason.startsWith(file) ? reason : `${file} is refused: ${reason}`);
    }
  }
  let proposal: Proposal;
  try {
    proposal = proposeLayout(graphs);
  } catch (error) {
    if (refused.length === 0 || !(error instanceof MasksmithError)) throw error;
    throw new MasksmithError("model", `${refused.join("; ")}. ${error.message}`, { cause: error });
  }
  for (const line of refused) notice(line);
  const { encoder, decoder } = proposal.layout;
  const unused = names.filter((name) => name !== encoder.file && name !== decoder.graph.file);
  return { folder, proposal, unused };
}

async function inspectGraph(folder: string, file: string) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(file)) {
    throw invalid("its name", "letters, digits, dots, dashes and underscores", file);
  }
  const graph = await openInFolder(folder, file);
  try {
    const info = readGraphInfo(graph);
    const sizes: Record<string, number> = {};
    for (const { location } of info.external) {
      const name = location.replace(/^\.\//, "");
      if (Object.hasOwn(sizes, name) || basename(name) !== name || !/^[A-Za-z0-9]/.test(name)) continue;
      const data = await openInFolder(folder, name).catch(() => undefined);
      if (data) sizes[name] = data.bytes;
      data?.close();
    }
    checkExternal(info, sizes);
    return info;
  } finally {
    graph.close();
  }
}

/**
 * Sizes and hashes of a layout's files.
 * @param most bytes that all of them may have together.
 * @throws MasksmithError `model` with the numbers, before the work of hashing.
 */
export async function filesOf(
  { folder, proposal }: FoundLayout,
  most = Number.POSITIVE_INFINITY,
): Promise<Manifest["files"]> {
  const { encoder, decoder } = proposal.layout;
  const names = [encoder, decoder.graph].flatMap(({ file, external = [] }) => [file, ...external]);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > most) {
    const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;
    const what = `The model's files have ${gigabytes(total)}`;
    throw new MasksmithError("model", `${what}; ${gigabytes(most)} of memory can be had on this backend`);
  }
  const files: Manifest["files"] = {};
  for (const name of names) {
    const opened = await openInFolder(folder, name);
    try {
      files[name] = { bytes: opened.bytes, sha256: await opened.sha256() };
    } finally {
      opened.close();
    }
  }
  return files;
}
