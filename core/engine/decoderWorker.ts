import { CropWork, type DecoderModel } from "../auto/cropWork.js";
import { Decoder } from "../decode/decoder.js";
import { encodeRaster } from "../encode/encoder.js";
import { MasksmithError } from "../errors.js";
import { encoderSpec, parseManifest } from "../model/manifest.js";
import { readPromptTables } from "../prompt/tables.js";
import type { RgbRaster } from "../raster.js";
import { loadOrt } from "../runtime/ort.js";
import { GraphSession } from "../runtime/session.js";
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
 */
export function serveDecoder(port: Port, pause: () => Promise<void> = async () => {}): void {
  let loaded: LoadedDecoder | undefined;
  let crop: CropWork | undefined;
  let encode: Awaited<ReturnType<typeof loadEncoder>> | undefined;
  const opened = () => {
    if (!crop) throw new MasksmithError("state", "The worker has no crop to decode");
    return crop;
  };
  answerCalls(port, {
    async load(argument) {
      await loaded?.release();
      loaded = await loadDecoder(checkMessage(loadMessage, argument, "load"));
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
async function loadEncoder({ file, encoder, ...message }: LoadEncoderMessage) {
  const manifest = parseManifest(message.manifest);
  const { backend, threads, wasmBinary, wasmPaths } = message.runtime;
  const options = { backend, threads, wasmBinary, wasmPaths };
  const spec = encoderSpec(manifest, encoder);
  const session = await GraphSession.create(await loadOrt(options), file, spec, options, manifest.session?.extra);
  return async (content: RgbRaster) => (await encodeRaster(content, session, manifest)).data as Float32Array;
}

async function loadDecoder(message: LoadMessage): Promise<LoadedDecoder> {
  const manifest = parseManifest(message.manifest);
  const { backend, threads, wasmBinary, wasmPaths } = message.runtime;
  const options = { backend, threads, wasmBinary, wasmPaths };
  const ort = await loadOrt(options);
  const tables = readPromptTables(message.prompts, manifest);
  const sessions: GraphSession[] = [];
  const release = async () => {
    for (const session of sessions) await session.release();
  };
  try {
    for (const step of ["context", "tokens", "upscale"] as const) {
      const spec = manifest.decoder[step];
      sessions.push(await GraphSession.create(ort, message[step], spec, options, manifest.session?.extra));
    }
  } catch (error) {
    await release();
    throw error;
  }
  const [context, tokens, upscale] = sessions as [GraphSession, GraphSession, GraphSession];
  const decoder = new Decoder({ context, tokens, upscale }, manifest);
  const noMask = context.tensor(tables.noMask, [1, tables.width, 1, 1]);
  return { model: { manifest, tables, decoder, upscale, noMask }, release };
}
