import { MasksmithError } from "../errors.js";
import type { GraphSpec, TensorSpec } from "./manifest.js";
import { type GraphInfo, readGraphInfo, type ValueInfo } from "./onnx/graph.js";
import type { ByteSource } from "./onnx/reader.js";

/**
 * Looks into a graph before any runtime does: it must be whole, ask for no other files than those the manifest lists, and have
 * the tensors that the manifest says.
 * @param externalBytes sizes of the files that may be asked for.
 * @throws MasksmithError `model`, one line that names the file.
 */
export function checkGraph(
  source: ByteSource,
  spec: GraphSpec,
  externalBytes: Readonly<Record<string, number>>,
): GraphInfo {
  let info: GraphInfo;
  try {
    info = readGraphInfo(source);
    checkExternal(info, externalBytes);
  } catch (error) {
    if (!(error instanceof MasksmithError)) throw error;
    throw new MasksmithError("model", `Model file ${spec.file} is refused: ${error.message}`, { cause: error });
  }
  for (const side of ["inputs", "outputs"] as const) {
    for (const tensor of spec[side]) checkTensor(spec.file, side, tensor, info[side]);
  }
  return info;
}

/** @throws MasksmithError `model` if a constant lies in a file that is not given, or beyond its end. */
export function checkExternal({ external }: GraphInfo, bytes: Readonly<Record<string, number>>): void {
  for (const { tensor, location, offset, length = 0 } of external) {
    // Exporters write the plain name; "./name" is the same file.
    const file = location.replace(/^\.\//, "");
    if (!Object.hasOwn(bytes, file)) {
      throw new MasksmithError(
        "model",
        `it asks for the file ${JSON.stringify(location)}, which is not one of its own`,
      );
    }
    if (offset + length > bytes[file]) {
      throw new MasksmithError(
        "model",
        `it asks for bytes up to ${offset + length} of ${file} for ${JSON.stringify(tensor)}, which has ${bytes[file]}`,
      );
    }
  }
}

function checkTensor(file: string, side: "inputs" | "outputs", spec: TensorSpec, found: readonly ValueInfo[]): void {
  const one = side.slice(0, -1);
  const value = found.find(({ name }) => name === spec.name);
  if (!value) {
    const names = found.map(({ name }) => name).join(", ");
    throw new MasksmithError("model", `${file} has no ${one} ${spec.name}; it has ${names || "none"}`);
  }
  const wrong = (what: string, expected: unknown, actual: unknown) => {
    throw new MasksmithError("model", `${file}: ${one} ${spec.name} must have ${what} ${expected}, it has ${actual}`);
  };
  if (value.type !== "" && value.type !== spec.type) wrong("type", spec.type, value.type);
  const { shape } = value;
  if (!shape) return;
  const fits =
    shape.length === spec.shape.length &&
    shape.every((size, i) => typeof size === "string" || typeof spec.shape[i] === "string" || size === spec.shape[i]);
  if (!fits) wrong("shape", `[${spec.shape}]`, `[${shape}]`);
}
