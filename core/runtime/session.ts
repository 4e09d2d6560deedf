import type { InferenceSession, Tensor } from "onnxruntime-web";
import { MasksmithError, messageOf } from "../errors.js";
import type { GraphFile } from "../model/files.js";
import type { GraphSpec } from "../model/manifest.js";
import { asFloat32, asType } from "./convert.js";
import type { GpuLoss } from "./gpuLoss.js";
import { gpuLossOf, markStarted, type OrtModule, type OrtOptions } from "./ort.js";

/** Tensors by the names of the manifest. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** One ONNX graph, loaded and checked against its manifest entry. Calls must not overlap: go through the run queue. */
export class GraphSession {
  readonly #session: InferenceSession;
  readonly #ort: OrtModule;
  readonly #loss: GpuLoss | undefined;
  readonly spec: GraphSpec;

  private constructor(ort: OrtModule, session: InferenceSession, spec: GraphSpec, loss: GpuLoss | undefined) {
    this.#ort = ort;
    this.#loss = loss;
    this.#session = session;
    this.spec = spec;
  }

  /**
   * Nothing of a manifest configures onnxruntime itself: its session options name files that it would write.
   * @throws MasksmithError `model` if the graph's tensors are not those of the manifest, `runtime` if it cannot start.
   */
  static async create(ort: OrtModule, file: GraphFile, spec: GraphSpec, options: OrtOptions): Promise<GraphSession> {
    let session: InferenceSession;
    try {
      session = await start(ort, file, sessionOptions(options, file));
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
    return new GraphSession(ort, session, spec, gpuLossOf(ort, options));
  }

  /** A float32 tensor over `data` (not copied). */
  tensor(data: Float32Array, shape: readonly number[]): Tensor {
    return new this.#ort.Tensor("float32", data, shape);
  }

  /** Runs the graph. Feeds are turned into the types that the graph takes, half-precision results into float32. */
  async run(feeds: Tensors): Promise<Tensors> {
    const typed: Record<string, Tensor> = {};
    for (const { name, type } of this.spec.inputs) {
      const tensor = feeds[name];
      if (tensor) typed[name] = asType(this.#ort, tensor, type);
    }
    let results: Tensors;
    try {
      const run = () => this.#session.run(typed);
      results = await (this.#loss ? this.#loss.guard(run) : run());
    } catch (cause) {
      throw runtimeError(`Inference failed in ${this.spec.file}`, cause);
    }
    const floats: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(results)) floats[name] = asFloat32(this.#ort, tensor);
    return floats;
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

function start(ort: OrtModule, file: GraphFile, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  return "path" in file
    ? ort.InferenceSession.create(file.path, options)
    : ort.InferenceSession.create(file.bytes, options);
}

function sessionOptions({ backend, threads, native }: OrtOptions, file: GraphFile): InferenceSession.SessionOptions {
  return {
    executionProviders: backend === "native" ? [...native!.providers] : [backend],
    graphOptimizationLevel: "all",
    // Errors alone: what others' graphs are warned of, no user can mend.
    logSeverityLevel: 3,
    ...(backend === "native" ? { intraOpNumThreads: threads } : {}),
    ...("bytes" in file && file.external.length > 0 ? { externalData: [...file.external] } : {}),
  };
}

function checkNames(spec: GraphSpec, side: "inputs" | "outputs", found: readonly string[]): void {
  for (const { name } of spec[side]) {
    if (found.includes(name)) continue;
    throw new MasksmithError("model", `${spec.file} has no ${side.slice(0, -1)} ${name}; it has ${found.join(", ")}`);
  }
}

function runtimeError(what: string, cause: unknown): MasksmithError {
  const text = messageOf(cause);
  const noMemory =
    /bad_?alloc|out of memory|allocation fail|memory access out of bounds|(could not|failed to) allocate/i.test(text);
  const reason = noMemory ? "not enough memory" : (text.split("\n")[0] ?? "unknown error");
  return new MasksmithError("runtime", `${what}: ${reason}`, { cause });
}
