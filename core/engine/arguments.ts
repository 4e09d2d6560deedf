import { checkFields, invalid, kindOf } from "../errors.js";
import { validatePrompt } from "../prompt/validate.js";
import type { CallOptions, Embedding, EngineBackend, Prompt } from "../types.js";
import type { EngineOptions, WorkerEngineOptions } from "./types.js";

/** What the engine's calls are given, checked before any work: JavaScript's callers have no compiler that does. */

const BACKENDS: readonly string[] = ["wasm", "webgpu", "native"] satisfies EngineBackend[];
const CALL = ["signal", "onProgress"];
const ENGINE = [
  ...["model", "backend", "encoder", "threads", "cacheBytes", "wasmBinary", "wasmPaths"],
  ...["verdicts", "workers", "native", "embeddings", ...CALL],
];
/** What cannot be handed to a worker. */
const ELSEWHERE = ["native", "workers"];
const EMBED = ["document", "region", ...CALL];
const PREDICT = ["logits", "soft", "raw", "alternatives", "lane", ...CALL];
const GENERATE = ["auto", "document", "onMasks", ...CALL];
const PROMPT = ["foreground", "background", "box", "mask", "multimask"];

/** @throws MasksmithError `input` that names the option, what it must be and what it was. */
export function checkEngineOptions(options: EngineOptions<EngineBackend>): void {
  checkFields("createEngine's options", options, ENGINE);
  checkCall(options);
  const { model, backend, encoder, threads, cacheBytes, wasmBinary, wasmPaths, verdicts, workers, embeddings } =
    options;
  checkMethods("model", model, ["read"], "a model with manifest and read, as a model package exports it");
  if (backend !== undefined && !BACKENDS.includes(backend)) throw invalid("backend", "wasm or webgpu", backend);
  if (encoder !== undefined && typeof encoder !== "string") throw invalid("encoder", "a name", encoder);
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
    throw invalid("threads", "a positive integer", threads);
  if (cacheBytes !== undefined && !(typeof cacheBytes === "number" && cacheBytes >= 0))
    throw invalid("cacheBytes", "a number of bytes, 0 or more", cacheBytes);
  if (wasmBinary !== undefined && kindOf(wasmBinary) !== "Uint8Array")
    throw invalid("wasmBinary", "a Uint8Array", wasmBinary);
  if (wasmPaths !== undefined && !(typeof wasmPaths === "string" && wasmPaths.endsWith("/")))
    throw invalid("wasmPaths", "the address of a folder, with a slash at its end", wasmPaths);
  if (verdicts !== undefined) checkMethods("verdicts", verdicts, ["get", "set"]);
  if (embeddings !== undefined) checkMethods("embeddings", embeddings, ["get", "set"]);
  if (workers === undefined) return;
  checkMethods("workers", workers, ["spawn"], "{ spawn, size }, spawn a function that starts a worker");
  if (!(Number.isInteger(workers.size) && workers.size > 0))
    throw invalid("workers.size", "a positive integer", workers.size);
}

/** @throws MasksmithError `input`, as `checkEngineOptions`. */
export function checkWorkerOptions(options: WorkerEngineOptions): void {
  checkFields("createWorkerEngine's options", options, [
    ...ENGINE.filter((name) => !ELSEWHERE.includes(name)),
    "spawn",
  ]);
  const { spawn, ...others } = options;
  if (spawn !== undefined && typeof spawn !== "function") throw invalid("spawn", "a function", spawn);
  if (others.backend !== undefined && !["wasm", "webgpu"].includes(others.backend))
    throw invalid("backend", "wasm or webgpu", others.backend);
  checkEngineOptions(others);
}

/** @throws MasksmithError `input`. */
export function checkEmbedOptions(options: CallOptions): void {
  checkFields("embed's options", options, EMBED);
  checkCall(options);
}

/** @throws MasksmithError `input`; frames of points and boxes by `validatePrompt`. */
export function checkPredict(embedding: Embedding, prompts: readonly Prompt[], options: CallOptions): void {
  checkEmbedding(embedding);
  if (!Array.isArray(prompts)) throw invalid("prompts", "an array of prompts", prompts);
  checkFields("predict's options", options, PREDICT);
  checkCall(options);
  for (const prompt of prompts) {
    checkFields("prompt", prompt, PROMPT);
    validatePrompt(prompt, embedding.placement.document);
  }
}

/** @throws MasksmithError `input`. */
export function checkGenerateOptions(options: CallOptions): void {
  checkFields("generate's options", options, GENERATE, "those of the search are fields of auto");
  checkCall(options);
}

/** Its placement is the engine's own work. @throws MasksmithError `input`. */
function checkEmbedding(embedding: Embedding): void {
  const given: unknown = embedding;
  if (given instanceof Promise) throw invalid("embedding", "what embed resolves with", "a promise: await it");
  if (typeof given !== "object" || given === null || typeof embedding.id !== "string" || !embedding.placement?.document)
    throw invalid("embedding", "what embed resolves with", given);
}

function checkCall({ signal, onProgress }: CallOptions): void {
  if (signal !== undefined && typeof signal?.addEventListener !== "function")
    throw invalid("signal", "an AbortSignal", signal);
  if (onProgress !== undefined && typeof onProgress !== "function")
    throw invalid("onProgress", "a function", onProgress);
}

function checkMethods(what: string, value: object, names: readonly string[], expected?: string): void {
  const given = value as Readonly<Record<string, unknown>> | null | undefined;
  const has = (name: string) => typeof given?.[name] === "function";
  if (!names.every(has)) throw invalid(what, expected ?? `an object with ${names.join(" and ")}`, value);
}
