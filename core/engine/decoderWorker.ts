import { CropWork, type DecoderModel } from "../auto/cropWork.js";
import { encodeRaster } from "../encode/encoder.js";
import { packFeatures } from "../encode/features.js";
import { MasksmithError } from "../errors.js";
import { decoderGraphs, type GraphSpec, graphsOf, parseManifest } from "../model/manifest.js";
import { readPromptTables } from "../prompt/tables.js";
import { loadOrt, type NativeRuntime } from "../runtime/ort.js";
import { GraphSession } from "../runtime/session.js";
import type { RgbRaster } from "../types.js";
import {
  cropMessage,
  decodeMessage,
  encodeMessage,
  type LoadEncoderMessage,
  type LoadMessage,
  loadEncoderMessage,
  loadMessage,
  scoutMessage,
} from "./decoderWorkerMessages.js";
import { makeDecoder } from "./loaded.js";
import { answerCalls, checkMessage, type Port } from "./wire.js";

/** A decoder's sessions, loaded. */
interface LoadedDecoder {
  readonly model: DecoderModel;
  release(): Promise<void>;
}

/**
 * Serves a decoder over a port: what a worker of the pool does all its life. A host's worker file gives it its own port and
 * nothing else.
 * @param pause awaited between runs of the graphs; a worker that has its thread for itself needs none.
 * @param native what runs backend `native`, if it is asked for.
 */
export function serveDecoder(port: Port, pause: () => Promise<void> = async () => {}, native?: NativeRuntime): void {
  let loaded: LoadedDecoder | undefined;
  let crop: CropWork | undefined;
  let encode: Awaited<ReturnType<typeof loadEncoder>> | undefined;
  const opened = () => {
    if (!crop) throw new MasksmithError("state", "The worker has no crop to decode");
    return crop;
  };
  answerCalls(port, {
    /** Whether this is a decoder's worker at all. */
    async hello() {
      return { value: null };
    },
    async load(argument) {
      await loaded?.release();
      loaded = await loadDecoder(checkMessage(loadMessage, argument, "load"), native);
      return { value: null };
    },
    async open(argument) {
      const task = checkMessage(cropMessage, argument, "open");
      if (!loaded) throw new MasksmithError("state", "The worker has no decoder yet");
      crop = undefined;
      crop = await CropWork.open(loaded.model, task, pause);
      return { value: null };
    },
    async decode(argument) {
      const { sketches, ...points } = checkMessage(decodeMessage, argument, "decode");
      const value = await opened().decode(points, { sketches });
      return { value, transfer: value.found.map(({ mask }) => mask.counts.buffer as ArrayBuffer) };
    },
    async scout(argument) {
      const value = await opened().scout(checkMessage(scoutMessage, argument, "scout"));
      return { value, transfer: [value.sketches.buffer as ArrayBuffer] };
    },
    async loadEncoder(argument) {
      encode = await loadEncoder(checkMessage(loadEncoderMessage, argument, "loadEncoder"));
      return { value: null };
    },
    async encode(argument) {
      if (!encode) throw new MasksmithError("state", "The worker has no encoder yet");
      const value = await encode(checkMessage(encodeMessage, argument, "encode"));
      return { value, transfer: [value.buffer as ArrayBuffer] };
    },
    async close() {
      crop = undefined;
      await loaded?.release();
      loaded = undefined;
      return { value: null };
    },
  });
}

/** Loads an encoder, which stays until the worker ends. */
async function loadEncoder({ graph, encoder, ...message }: LoadEncoderMessage) {
  const manifest = parseManifest(message.manifest);
  const { backend, threads, wasmBinary, wasmPaths } = message.runtime;
  const options = { backend, threads, wasmBinary, wasmPaths };
  const [spec] = graphsOf(manifest, encoder) as [GraphSpec];
  const session = await GraphSession.create(await loadOrt(options), graph, spec, options);
  return async (content: RgbRaster) => packFeatures(await encodeRaster(content, session, manifest), manifest);
}

async function loadDecoder(message: LoadMessage, native: NativeRuntime | undefined): Promise<LoadedDecoder> {
  const manifest = parseManifest(message.manifest);
  const { backend, threads, wasmBinary, wasmPaths } = message.runtime;
  const options = { backend, threads, wasmBinary, wasmPaths, native };
  const ort = await loadOrt(options);
  const tables = manifest.prompt && readPromptTables(message.prompts ?? new Uint8Array(0), manifest.prompt);
  const sessions: GraphSession[] = [];
  const release = async () => {
    for (const session of sessions) await session.release();
  };
  try {
    for (const [i, spec] of decoderGraphs(manifest).entries()) {
      const file = message.graphs[i];
      if (!file) throw new MasksmithError("state", `The worker got no graph ${spec.file}`);
      sessions.push(await GraphSession.create(ort, file, spec, options));
    }
  } catch (error) {
    await release();
    throw error;
  }
  const decoder = makeDecoder(sessions, manifest, tables);
  return { model: { manifest, decoder, last: sessions.at(-1)! }, release };
}
