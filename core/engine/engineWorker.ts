import * as z from "zod";
import type { GenerateOptions } from "../auto/generate.js";
import { MasksmithError } from "../errors.js";
import type { Signal } from "../signal.js";
import type { Embedding, EmbedOptions, Prediction, PredictOptions, Progress, Prompt, Raster } from "../types.js";
import { createEngine } from "./engine.js";
import { lanes } from "./lanes.js";
import type { Engine, EngineOptions } from "./types.js";
import { answerCalls, Caller, checkMessage, type Port } from "./wire.js";

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "must be a Uint8Array");
const call = z.number().int();
const startMessage = z.strictObject({
  manifest: z.unknown(),
  options: z.record(z.string(), z.unknown()),
  verdicts: z.boolean(),
});
const bytesMessage = z.strictObject({ file: z.string(), received: z.number() });
const partMessage = z.strictObject({ call, from: z.number(), size: z.number(), part: bytes });
const callMessage = z.strictObject({ call, arguments: z.array(z.unknown()) });

/**
 * Serves an engine over a port, all its life: what the worker of `createWorkerEngine` does. A worker of one's own gives it
 * its own port and nothing else. The other end reads the model's files and keeps the embeddings.
 */
export function serveEngine(port: Port): void {
  const [calls, back] = lanes(port);
  const owner = new Caller(back);
  const running = new Map<number, AbortController>();
  const pictures = new Map<number, Uint8Array<ArrayBuffer>>();
  const reading = new Map<string, (received: number) => void>();
  let engine: Engine | undefined;
  /** The owner may be gone: nobody hears of it then. */
  const tell = (name: string, argument: unknown) => void owner.call(name, argument).catch(() => undefined);
  /** The picture whose parts have come for a call. */
  const pictureOf = (call: number, { data, ...rest }: Sent): Raster => {
    const whole = pictures.get(call) ?? new Uint8Array(0);
    pictures.delete(call);
    const Samples = SAMPLES[data];
    return { ...rest, data: new Samples(whole.buffer) };
  };
  const work = async <T>(argument: unknown, run: (engine: Engine, on: OnCall, ...values: never[]) => Promise<T>) => {
    if (!engine) throw new MasksmithError("state", "The worker has no engine yet");
    const { call, arguments: values } = checkMessage(callMessage, argument, "call");
    const stop = new AbortController();
    running.set(call, stop);
    const onProgress = (progress: Progress) => tell("progress", { call, progress });
    try {
      return await run(engine, { signal: stop.signal, onProgress, call }, ...(values as never[]));
    } finally {
      running.delete(call);
    }
  };
  answerCalls(calls, {
    async hello() {
      return { value: null };
    },
    async start(argument) {
      const { manifest, options, verdicts } = checkMessage(startMessage, argument, "start");
      await engine?.dispose();
      engine = await createEngine({
        ...(options as Omit<EngineOptions, "model">),
        model: {
          manifest,
          read: async (file, { onBytes } = {}) => {
            if (onBytes) reading.set(file, onBytes);
            return checkMessage(bytes, await owner.call("read", file), "file");
          },
        },
        embeddings: {
          get: async (id) => (await owner.call("getEmbedding", id)) as Float32Array | undefined,
          set: async (id, data) => void (await owner.call("setEmbedding", { id, data })),
        },
        ...(verdicts
          ? {
              verdicts: {
                get: async (key) => (await owner.call("getVerdict", key)) as string | undefined,
                set: async (key, verdict) => void (await owner.call("setVerdict", { key, verdict })),
              },
            }
          : {}),
        onProgress: (progress) => tell("progress", { call: 0, progress }),
      });
      reading.clear();
      return { value: engine.info };
    },
    async bytes(argument) {
      const { file, received } = checkMessage(bytesMessage, argument, "bytes");
      reading.get(file)?.(received);
      return { value: null };
    },
    async part(argument) {
      const { call, from, size, part } = checkMessage(partMessage, argument, "part");
      const whole = pictures.get(call) ?? new Uint8Array(size);
      pictures.set(call, whole);
      whole.set(part, from);
      return { value: null };
    },
    async stop(argument) {
      running.get(checkMessage(call, argument, "stop"))?.abort();
      return { value: null };
    },
    async embed(argument) {
      const value = await work(argument, (on, { call, signal, onProgress }, raster: Sent, options: EmbedOptions) =>
        on.embed(pictureOf(call, raster), { ...options, signal, onProgress }),
      );
      return { value };
    },
    async predict(argument) {
      const value = await work(
        argument,
        (on, { signal, onProgress }, embedding: Embedding, prompts: Prompt[], options: PredictOptions) =>
          on.predict(embedding, prompts, { ...options, signal, onProgress }),
      );
      return { value, transfer: ownBuffers(value) };
    },
    async generate(argument) {
      const value = await work(argument, (on, { call, ...heard }, raster: Sent, options: GenerateOptions) =>
        on.generate(pictureOf(call, raster), {
          ...options,
          ...heard,
          onMasks: (update) => tell("masks", { call, update }),
        }),
      );
      return { value };
    },
    async release(argument) {
      engine?.release(argument as Embedding);
      return { value: null };
    },
  });
}

const SAMPLES = { Uint8Array, Uint8ClampedArray, Uint16Array, Float32Array };

/** A picture without its samples, but their type: they come in parts before. */
type Sent = Omit<Raster, "data"> & { readonly data: keyof typeof SAMPLES };

interface OnCall {
  readonly call: number;
  readonly signal: Signal;
  readonly onProgress: (progress: Progress) => void;
}

/** Buffers to move instead of copying: wholly a prediction's own. */
function ownBuffers(predictions: readonly Prediction[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { candidates } of predictions) {
    for (const { mask, soft, logits } of candidates) {
      for (const view of [mask.counts, soft?.data, logits?.data])
        if (view && view.byteLength === view.buffer.byteLength) buffers.add(view.buffer as ArrayBuffer);
    }
  }
  return [...buffers];
}
