import {
  type Candidate,
  cellSize,
  createEngine,
  type Engine,
  MasksmithError,
  type MaskUpdate,
  type Prediction,
  structureOf,
  takeSecondLook,
  toWireError,
} from "@masksmith/core";
import { expose, transfer } from "comlink";
import { isAssetWorker, serveAssets } from "../assets/assetWorker.js";
import { alternativesTo } from "./alternatives.js";
import { decoderThreads, isDecoderThread, serveDecoderThread } from "./decoderThread.js";
import { holdLock } from "./holdLock.js";
import { withOwnLogits } from "./ownLogits.js";
import { isPixelWorker, servePixels } from "./pixelWorker.js";
import type { Outcome, PageServices, WorkerApi } from "./protocol.js";

/**
 * Entry of the engine's worker, and of those it starts for automatic generation: a classic script without imports or
 * fetches of its own. The page sends the bytes of onnxruntime and answers for the model's files.
 */
let engine: Engine | undefined;
let page: PageServices | undefined;
const stoppable = new Map<number, AbortController>();

async function outcome<T>(work: (engine: Engine) => Promise<T>): Promise<Outcome<T>> {
  try {
    if (!engine) throw new MasksmithError("state", "The engine has not been started");
    return { ok: true, value: await work(engine) };
  } catch (error) {
    return { ok: false, error: toWireError(error) };
  }
}

function onProgress(call: number) {
  return (progress: Parameters<PageServices["progress"]>[1]) => page?.progress(call, progress);
}

/** Buffers to move instead of copying: big, and wholly the value's own. */
function ownBuffers(predictions: readonly Prediction[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { candidates } of predictions) {
    for (const { mask, soft, logits } of candidates) {
      for (const view of [mask.counts, soft?.data, logits?.data]) {
        if (view && view.byteLength === view.buffer.byteLength) buffers.add(view.buffer as ArrayBuffer);
      }
    }
  }
  return [...buffers];
}

const api: WorkerApi = {
  holdLock,

  async start({ manifest, decoders, ...request }, services) {
    page = services;
    // onnxruntime has copied a file once its session stands; those read later go on to other workers.
    let given: Uint8Array[] | null = [];
    const read = async (name: string) => {
      const bytes = await services.readModelFile(name);
      given?.push(bytes);
      return bytes;
    };
    try {
      engine = await createEngine({
        ...request,
        model: { manifest, read },
        verdicts: {
          get: (key) => services.getVerdict(key),
          set: (key, verdict) => services.setVerdict(key, verdict),
        },
        embeddings: {
          get: (id) => services.getEmbedding(id),
          set: (id, data) => services.setEmbedding(id, data),
        },
        ...(decoders ? { workers: decoderThreads(decoders) } : {}),
        onProgress: onProgress(0),
      });
      for (const bytes of given) release(bytes);
      given = null;
      return { ok: true, value: engine.info };
    } catch (error) {
      return { ok: false, error: toWireError(error) };
    }
  },

  embed: (call, raster, options) => outcome((on) => on.embed(raster, { ...options, onProgress: onProgress(call) })),

  async predict(call, embedding, prompts, options) {
    const answer = await outcome((on) => on.predict(embedding, prompts, { ...options, onProgress: onProgress(call) }));
    if (!answer.ok) return answer;
    const predictions = answer.value.map(ownLogitsOf);
    return transfer({ ok: true, value: predictions }, ownBuffers(predictions));
  },

  async generate(call, raster, options) {
    const heard = {
      onProgress: onProgress(call),
      onMasks: (update: MaskUpdate) => page?.masks(call, update),
    };
    return untilStopped(call, (signal) => outcome((on) => on.generate(raster, { ...options, ...heard, signal })));
  },

  alternatives: (call, embedding, prompt, first) =>
    untilStopped(call, (signal) => outcome((on) => alternativesTo(on, embedding, prompt, first, signal))),

  look: (call, embedding, prompt, first) =>
    outcome(async (on) => {
      const given: ArrayBufferView[] = [];
      const read = async (region: Parameters<PageServices["readRegion"]>[1]) => {
        const raster = await page!.readRegion(call, region);
        given.push(raster.data);
        return raster;
      };
      const seen = await takeSecondLook(on, read, embedding, prompt, first, { soft: true });
      for (const pixels of given) release(pixels);
      if (!seen) return undefined;
      const { logits, ...candidate } = seen.candidate;
      return { candidate: candidate as Candidate, cell: cellSize(seen.embedding.placement) };
    }),

  async stop(call) {
    stoppable.get(call)?.abort();
  },

  structure: (masks, canvas) => outcome(async () => structureOf(masks, canvas)),
};

/** Gives a buffer's memory back now: a worker that only computes collects no garbage for minutes. */
function release({ buffer }: ArrayBufferView): void {
  structuredClone(null, { transfer: [buffer as ArrayBuffer] });
}

/** Runs work that `stop` may stop. */
async function untilStopped<T>(call: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  stoppable.set(call, abort);
  try {
    return await work(abort.signal);
  } finally {
    stoppable.delete(call);
  }
}

function ownLogitsOf(prediction: Prediction): Prediction {
  return { ...prediction, candidates: prediction.candidates.map(withOwnLogits) };
}

if (isDecoderThread()) serveDecoderThread();
else if (isPixelWorker()) servePixels();
else if (isAssetWorker()) serveAssets();
else expose(api);
