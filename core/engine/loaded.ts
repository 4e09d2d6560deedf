import { JointDecoder } from "../decode/jointDecoder.js";
import type { MaskDecoder } from "../decode/maskDecoder.js";
import { SplitDecoder } from "../decode/splitDecoder.js";
import { invalid, MasksmithError } from "../errors.js";
import { type Reading, readGraph, readModelFile, tellingFile } from "../model/files.js";
import { type GraphSpec, graphsOf, type Manifest, parseManifest } from "../model/manifest.js";
import { checkMemory } from "../model/memory.js";
import { readGraphInfo } from "../model/onnx/graph.js";
import { type PromptTables, readPromptTables } from "../prompt/tables.js";
import { loadOrt, type OrtModule, type OrtOptions, runningThreads } from "../runtime/ort.js";
import { GraphSession } from "../runtime/session.js";
import type { CallOptions, EngineBackend, ModelSource } from "../types.js";
import type { EngineOptions } from "./types.js";

/** A model whose files have been checked and whose graphs are ready to run. */
export interface LoadedModel {
  readonly manifest: Manifest;
  readonly encoderName: string;
  readonly encoder: GraphSession;
  readonly decoder: MaskDecoder;
  /** Threads that run. */
  readonly threads: number;
  release(): Promise<void>;
}

/**
 * Checks and loads a model's files. Nothing is kept of a failed start.
 * @throws MasksmithError `input` (no such encoder), `model` (damaged file), `runtime` (no memory).
 */
export async function loadModel(options: EngineOptions<EngineBackend>, ortOptions: OrtOptions): Promise<LoadedModel> {
  const { model, onProgress, signal } = options;
  const manifest = parseManifest(model.manifest);
  const encoderName = chooseEncoder(manifest, options.encoder, ortOptions.backend);
  checkMemory(manifest, encoderName, ortOptions, await weightsOnDisk(model, manifest, encoderName));
  const ort = await loadOrt(ortOptions);
  const specs = graphsOf(manifest, encoderName);
  const sessions: GraphSession[] = [];
  const release = async () => {
    for (const session of sessions) await session.release();
  };
  try {
    const reading = { signal, onBytes: bytesProgress(manifest, specs, onProgress) };
    const tables = await readTables(model, manifest, reading);
    for (const spec of specs)
      sessions.push(await loadGraph(model, reading, ort, ortOptions, manifest, encoderName, spec));
    const [encoder, ...decoderSessions] = sessions as [GraphSession, ...GraphSession[]];
    const decoder = makeDecoder(decoderSessions, manifest, tables);
    return { manifest, encoderName, encoder, decoder, threads: runningThreads(ort, ortOptions), release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** What the encoder's constants will take, where that can be seen without reading the file: of a model on disk. */
async function weightsOnDisk(
  model: ModelSource,
  manifest: Manifest,
  encoderName: string,
): Promise<Record<string, number> | undefined> {
  if (!model.local) return undefined;
  const { file } = manifest.encoders[encoderName];
  const local = await tellingFile(manifest, file, () => model.local!(file));
  try {
    return { [file]: readGraphInfo(local).weights };
  } catch {
    // Whether the file is what it should be is found out when it is loaded.
    return undefined;
  } finally {
    local.close();
  }
}

/** @param sessions the decoder's in the order of `decoderGraphs`, then the mask prompt's, if it is loaded. */
export function makeDecoder(
  sessions: readonly GraphSession[],
  manifest: Manifest,
  tables: PromptTables | undefined,
): MaskDecoder {
  if (manifest.decoder.layout === "joint") return new JointDecoder(sessions[0], manifest);
  const [context, tokens, upscale, maskPrompt] = sessions as [GraphSession, GraphSession, GraphSession, GraphSession?];
  return new SplitDecoder({ context, tokens, upscale, maskPrompt }, manifest, tables!);
}

/** Turns bytes of files into progress over all that is loaded. */
function bytesProgress(manifest: Manifest, specs: readonly GraphSpec[], onProgress: CallOptions["onProgress"]) {
  const files = new Set(specs.flatMap(({ file, external = [] }) => [file, ...external]));
  if (manifest.prompt) files.add(manifest.prompt.file);
  const all = [...files].reduce((sum, file) => sum + manifest.files[file].bytes, 0);
  const received = new Map<string, number>();
  let last = -1;
  const report = () => {
    const sum = [...received.values()].reduce((a, b) => a + b, 0);
    // A reader may count wrongly, or begin again.
    const fraction = Math.min(1, Math.max(last, sum / all));
    if (fraction > last) onProgress?.({ stage: "Loading the model", fraction });
    last = fraction;
  };
  report();
  return (file: string, bytes: number) => {
    received.set(file, Math.min(bytes, manifest.files[file].bytes));
    report();
  };
}

async function readTables(model: ModelSource, manifest: Manifest, reading: Reading): Promise<PromptTables | undefined> {
  const { prompt } = manifest;
  return prompt && readPromptTables(await readModelFile(model, manifest, prompt.file, reading), prompt);
}

async function loadGraph(
  model: ModelSource,
  reading: Reading,
  ort: OrtModule,
  ortOptions: OrtOptions,
  manifest: Manifest,
  encoderName: string,
  spec: GraphSpec,
): Promise<GraphSession> {
  const { file, info } = await readGraph(model, manifest, spec, ortOptions.backend === "native", reading);
  // The encoder comes first and is by far the largest; from then on a part of the free memory is already its own.
  if (spec.file === manifest.encoders[encoderName].file) {
    checkMemory(manifest, encoderName, ortOptions, { [spec.file]: info.weights });
  }
  return GraphSession.create(ort, file, spec, ortOptions);
}

/** The encoder to use: the one asked for, or the fast one where the backend may run it, else the precise one. */
function chooseEncoder(manifest: Manifest, asked: string | undefined, backend: EngineBackend): string {
  const known = Object.keys(manifest.encoders);
  const runs = (name: string) => known.includes(name) && (manifest.encoders[name].backends?.includes(backend) ?? true);
  if (asked !== undefined) {
    if (!known.includes(asked)) throw invalid("encoder", `one of ${known.join(", ")}`, asked);
    if (!runs(asked)) throw invalid("encoder", `one that ${backend} can run`, asked);
    return asked;
  }
  const found = ["fast", "precise", ...known].find((name) => known.includes(name) && runs(name));
  if (!found) throw new MasksmithError("model", `Model ${manifest.id} has no encoder for ${backend}`);
  return found;
}
