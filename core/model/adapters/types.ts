import type { GraphSpec, JointSpec, Manifest } from "../manifest.js";
import type { GraphInfo, ValueInfo } from "../onnx/graph.js";

/** A graph that was found in a folder. */
export interface FoundGraph {
  readonly file: string;
  readonly info: GraphInfo;
}

/** What an adapter makes of a folder's graphs: a manifest, but for what only files and a first run can tell. */
export interface Layout {
  readonly family: string;
  /** What this is, in words a user understands. */
  readonly description: string;
  readonly input: Manifest["input"];
  readonly embedding: Manifest["embedding"];
  readonly encoder: Manifest["encoders"][string];
  readonly decoder: JointSpec;
  readonly masks: Pick<Manifest["masks"], "low_res" | "ranking">;
}

/** One way to publish a model's graphs. */
export interface Adapter {
  readonly name: string;
  /** What it needs, to tell a user who has something else. */
  readonly needs: string;
  /** undefined: these graphs are not of this layout. */
  match(graphs: readonly FoundGraph[]): Layout | undefined;
}

/** Names of a graph's tensors, sorted out of nothing but the file. */
export function has(found: readonly ValueInfo[], ...names: readonly string[]): boolean {
  return names.every((name) => found.some((value) => value.name === name));
}

/** Inputs are exactly these, but for the optional ones. */
export function takes(graph: FoundGraph, names: readonly string[], optional: readonly string[] = []): boolean {
  const known = new Set([...names, ...optional]);
  return has(graph.info.inputs, ...names) && graph.info.inputs.every(({ name }) => known.has(name));
}

/** The graph that a test picks; of several variants (quantised, half precision) the one of the shortest name. */
export function pick(graphs: readonly FoundGraph[], test: (graph: FoundGraph) => boolean): FoundGraph | undefined {
  return graphs
    .filter(test)
    .sort((a, b) => a.file.length - b.file.length || (a.file < b.file ? -1 : 1))
    .at(0);
}

type TensorSpec = GraphSpec["inputs"][number];
const TYPES: readonly string[] = [
  "float32",
  "float16",
  "int64",
  "int32",
  "uint8",
  "bool",
] satisfies TensorSpec["type"][];

/** A tensor as the manifest lists it. @param shape where the file does not tell the rank, or to fill in what it leaves free. */
export function spec(values: readonly ValueInfo[], name: string, shape?: TensorSpec["shape"]): TensorSpec {
  const value = values.find((found) => found.name === name)!;
  const type = TYPES.includes(value.type) ? (value.type as TensorSpec["type"]) : "float32";
  const known = value.shape ?? shape ?? [];
  const merged = known.map((side, i) => (typeof side === "string" ? (shape?.[i] ?? side) : side));
  return { name, type, shape: merged };
}

/** All inputs, and the outputs named. */
export function graphSpec({ file, info }: FoundGraph, outputs: readonly string[]): GraphSpec {
  return {
    file,
    ...externalOf(info),
    inputs: info.inputs.map(({ name }) => spec(info.inputs, name)),
    outputs: outputs.map((name) => spec(info.outputs, name)),
  };
}

/** The `external` entry of a graph, if it has its weights elsewhere. */
export function externalOf({ external }: GraphInfo): { external?: string[] } {
  const files = [...new Set(external.map(({ location }) => location.replace(/^\.\//, "")))];
  return files.length > 0 ? { external: files } : {};
}

/** ImageNet's normalisation, as all of the family were trained, in 0..255. */
const IMAGENET = {
  mean: [123.675, 116.28, 103.53] as [number, number, number],
  std: [58.395, 57.12, 57.375] as [number, number, number],
};

/** How well-known encoders take their picture: RGB, normalised by the caller, planes. */
export const PLAIN_INPUT = {
  size: 1024,
  aspect: "pad",
  resize: "pillow-bilinear",
  channels: "RGB",
  ...IMAGENET,
  pad_value: 0,
  normalise: "caller",
} as const satisfies Manifest["input"];
