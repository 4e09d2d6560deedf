import {
  createEngine,
  type Engine,
  MasksmithError,
  type MaskUpdate,
  type Prediction,
  structureOf,
} from "@masksmith/core";
import { expose, transfer } from "comlink";
import { decoderThreads, isDecoderThread, serveDecoderThread } from "./decoderThread.js";
import { type Outcome, type PageServices, toWire, type WorkerApi } from "./protocol.js";

/**
 * Entry of the engine's worker, and of those it starts for automatic generation: a classic script without imports or
 * fetches of its own. The page sends the bytes of onnxruntime and answers for the model's files.
 */
let engine: Engine | undefined;
let page: PageServices | undefined;
const generating = new Map<number, AbortController>();

async function outcome<T>(work: (engine: Engine) => Promise<T>): Promise<Outcome<T>> {
  try {
    if (!engine) throw new MasksmithError("state", "The engine has not been started");
    return { ok: true, value: await work(engine) };
  } catch (error) {
    return { ok: false, error: toWire(error) };
  }
}

function onProgress(call: number) {
  return (progress: Parameters<PageServices["progress"]>[1]) => page?.progress(call, progress);
}

/** Buffers to move instead of copying: big, and wholly the value's own. */
function ownBuffers(predictions: readonly Prediction[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { candidates } of predictions) {
    for (const { mask, soft } of candidates) {
      for (const view of [mask.counts, soft?.data]) {
        if (view && view.byteLength === view.buffer.byteLength) buffers.add(view.buffer as ArrayBuffer);
      }
    }
  }
  return [...buffers];
}

const api: WorkerApi = {
  async holdLock(name) {
    const locks = navigator.locks as LockManager | undefined;
    if (!locks) return false;
    return new Promise((resolve) => {
      const forEver = () => new Promise<void>(() => resolve(true));
      locks.request(name, forEver).catch(() => resolve(false));
    });
  },

  async start({ manifest, decoders, ...request }, services) {
    page = services;
    try {
      engine = await createEngine({
        ...request,
        model: { manifest, read: (name) => services.readModelFile(name) },
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
      return { ok: true, value: engine.info };
    } catch (error) {
      return { ok: false, error: toWire(error) };
    }
  },

  embed: (call, raster, options) => outcome((on) => on.embed(raster, { ...options, onProgress: onProgress(call) })),

  async predict(call, embedding, prompts, options) {
    const answer = await outcome((on) => on.predict(embedding, prompts, { ...options, onProgress: onProgress(call) }));
    if (!answer.ok) return answer;
    const predictions = answer.value.map(withOwnLogits);
    return transfer({ ok: true, value: predictions }, ownBuffers(predictions));
  },

  async generate(call, raster, options) {
    const abort = new AbortController();
    generating.set(call, abort);
    const heard = {
      signal: abort.signal,
      onProgress: onProgress(call),
      onMasks: (update: MaskUpdate) => page?.masks(call, update),
    };
    const answer = await outcome((on) => on.generate(raster, { ...options, ...heard }));
    generating.delete(call);
    return answer;
  },

  async stop(call) {
    generating.get(call)?.abort();
  },

  structure: (masks, canvas) => outcome(async () => structureOf(masks, canvas)),
};

/** A clone of a view takes its whole buffer along, so each candidate's logits get a buffer of their own. */
function withOwnLogits(prediction: Prediction): Prediction {
  const candidates = prediction.candidates.map((candidate) => {
    const { logits } = candidate;
    if (!logits || logits.data.byteLength === logits.data.buffer.byteLength) return candidate;
    return { ...candidate, logits: { ...logits, data: logits.data.slice() } };
  });
  return { ...prediction, candidates };
}

if (isDecoderThread()) serveDecoderThread();
else expose(api);
