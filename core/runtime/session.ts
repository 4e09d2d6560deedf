import type { InferenceSession, Tensor } from "onnxruntime-web";
import { MasksmithError } from "../errors.js";
import type { GraphSpec } from "../model/manifest.js";
import { markStarted, type OrtModule, type OrtOptions } from "./ort.js";

/** Tensors by the names of the manifest. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** One ONNX graph, loaded and checked against its manifest entry. Calls must not overlap: go through the run queue. */
export class GraphSession {
  readonly #session: InferenceSession;
  readonly #ort: OrtModule;
  readonly spec: GraphSpec;

  private constructor(ort: OrtModule, session: InferenceSession, spec: GraphSpec) {
    this.#ort = ort;
    this.#session = session;
    this.spec = spec;
  }

  /**
   * @param bytes the graph, already checked by hash.
   * @param extra onnxruntime session configuration from the manifest.
   * @throws MasksmithError `model` if the graph's tensors are not those of the manifest, `runtime` if it cannot start.
   */
  static async create(
    ort: OrtModule,
    bytes: Uint8Array,
    spec: GraphSpec,
    options: OrtOptions,
    extra: Readonly<Record<string, unknown>> | undefined,
  ): Promise<GraphSession> {
    let session: InferenceSession;
    try {
      session = await ort.InferenceSession.create(bytes, {
        executionProviders: [options.backend],
        graphOptimizationLevel: "all",
        ...(extra ? { extra: { ...extra } } : {}),
      });
    } catch (cause) {
      throw runtimeError(`Model file ${spec.file} cannot be loaded`, cause);
    }
    markStarted(options);
    try {
      checkNames(spec, "inputs", session.inputNames);
      checkNames(spec, "outputs", session.outputNames);
    } catch (error) {
      await session.release();
      throw error;
    }
    return new GraphSession(ort, session, spec);
  }

  /** A float32 tensor over `data` (not copied). */
  tensor(data: Float32Array, shape: readonly number[]): Tensor {
    return new this.#ort.Tensor("float32", data, shape);
  }

  /** Runs the graph. @throws MasksmithError `runtime`. */
  async run(feeds: Tensors): Promise<Tensors> {
    try {
      return await this.#session.run(feeds);
    } catch (cause) {
      throw runtimeError(`Inference failed in ${this.spec.file}`, cause);
    }
  }

  /** Frees the session's memory. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** The float data of one named output. @throws MasksmithError `model` if the graph gave something else. */
export function floatData(tensors: Tensors, name: string): Float32Array {
  const data = tensors[name]?.data;
  if (!(data instanceof Float32Array)) throw new MasksmithError("model", `Output ${name} is not a float32 tensor`);
  return data;
}

function checkNames(spec: GraphSpec, side: "inputs" | "outputs", found: readonly string[]): void {
  for (const { name } of spec[side]) {
    if (found.includes(name)) continue;
    throw new MasksmithError("model", `${spec.file} has no ${side.slice(0, -1)} ${name}; it has ${found.join(", ")}`);
  }
}

function runtimeError(what: string, cause: unknown): MasksmithError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const noMemory =
    /bad_alloc|out of memory|allocation fail|memory access out of bounds|(could not|failed to) allocate/i.test(text);
  const reason = noMemory ? "not enough memory" : (text.split("\n")[0] ?? "unknown error");
  return new MasksmithError("runtime", `${what}: ${reason}`, { cause });
}
