import { MasksmithError } from "../errors.js";
import type { EngineBackend } from "../types.js";
import { graphsOf, type Manifest } from "./manifest.js";

/** What one WebAssembly memory can hold: 32-bit addresses. */
export const WASM_MEMORY = 4 * 2 ** 30;

/**
 * Intermediate results of an encoder whose manifest does not say, for each value of its input: a vision transformer with
 * full attention over 64x64 positions holds some 800 MB at 3x1024x1024.
 */
const ACTIVATION_BYTES = 270;

/** The runtime itself, and the decoder's intermediate results. */
const OVERHEAD = 300 * 2 ** 20;

/** Where a model is to run, and, beyond a WebAssembly memory, what is free there. */
interface Room {
  readonly backend: EngineBackend;
  readonly native?: { availableMemory(): number } | undefined;
}

/** Bytes that a model takes on a backend, in parts. */
export interface MemoryNeed {
  /** Constants of all graphs as the runtime holds them. */
  readonly weights: number;
  /** The largest file's bytes, which are held beside its constants while it is loaded. */
  readonly loading: number;
  readonly activations: number;
  readonly total: number;
}

/**
 * Estimates what a model takes once it runs.
 * @param known bytes of a file's constants as the runtime holds them, where the file has been looked into; by default as
 * many as the file has, which is too few if it stores half precision.
 */
export function memoryNeed(
  manifest: Manifest,
  encoderName: string,
  { backend }: Pick<Room, "backend">,
  known: Readonly<Record<string, number>> = {},
): MemoryNeed {
  const encoder = manifest.encoders[encoderName];
  const graphs = graphsOf(manifest, encoderName).map(({ file, external = [] }) => {
    const bytes = [file, ...external].reduce((sum, name) => sum + manifest.files[name].bytes, 0);
    return { bytes, weights: Math.max(known[file] ?? 0, bytes) };
  });
  const weights = graphs.reduce((sum, graph) => sum + graph.weights, 0);
  // A native runtime maps the files instead.
  const loading = backend === "native" ? 0 : Math.max(...graphs.map(({ bytes }) => bytes));
  const { size } = manifest.input;
  const activations = encoder.activations ?? 3 * size * size * ACTIVATION_BYTES;
  return { weights, loading, activations, total: weights + Math.max(loading, activations) + OVERHEAD };
}

/**
 * Refuses a model that cannot fit, before any of it is loaded.
 * @throws MasksmithError `model` with the numbers.
 */
export function checkMemory(
  manifest: Manifest,
  encoderName: string,
  options: Room,
  known?: Readonly<Record<string, number>>,
): void {
  const need = memoryNeed(manifest, encoderName, options, known);
  const limit = options.backend === "native" ? options.native?.availableMemory() : WASM_MEMORY;
  if (limit === undefined || need.total <= limit) return;
  const where =
    options.backend === "native"
      ? "are free"
      : `is all that ${options.backend} can address; the native backend has more`;
  throw new MasksmithError(
    "model",
    `Model ${manifest.id} needs about ${gigabytes(need.total)} of memory (weights ${gigabytes(need.weights)}, ` +
      `intermediate results ${gigabytes(need.activations)}); ${gigabytes(limit)} ${where}`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
