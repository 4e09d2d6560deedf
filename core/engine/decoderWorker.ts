import { CropWork, type DecoderModel } from "../auto/cropWork.js";
import { Decoder } from "../decode/decoder.js";
import { MasksmithError } from "../errors.js";
import { parseManifest } from "../model/manifest.js";
import { readPromptTables } from "../prompt/tables.js";
import { loadOrt } from "../runtime/ort.js";
import { GraphSession } from "../runtime/session.js";
import { cropMessage, decodeMessage, type LoadMessage, loadMessage, scoutMessage } from "./decoderWorkerMessages.js";
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
    async close() {
      crop = undefined;
      await loaded?.release();
      loaded = undefined;
      return { value: null };
    },
  });
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
