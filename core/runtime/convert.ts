import type { Tensor } from "onnxruntime-web";
import type { TensorSpec } from "../model/manifest.js";
import type { OrtModule } from "./ort.js";

/** The tensor as the graph wants it: the same if its type is right, else its values in the other type. */
export function asType(ort: OrtModule, tensor: Tensor, type: TensorSpec["type"]): Tensor {
  if (tensor.type === type) return tensor;
  const values = tensor.data as Float32Array;
  const { dims } = tensor;
  switch (type) {
    case "float16":
      return new ort.Tensor("float16", Uint16Array.from(values, halfOf), dims);
    case "int64":
      return new ort.Tensor(
        "int64",
        BigInt64Array.from(values, (value) => BigInt(Math.round(value))),
        dims,
      );
    case "int32":
      return new ort.Tensor("int32", Int32Array.from(values, Math.round), dims);
    case "uint8":
      return new ort.Tensor("uint8", Uint8Array.from(values), dims);
    case "bool":
      return new ort.Tensor(
        "bool",
        Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
        dims,
      );
    case "float32":
      return asFloat32(ort, tensor);
  }
}

/** Half precision as single precision; anything else as it is. */
export function asFloat32(ort: OrtModule, tensor: Tensor): Tensor {
  if (tensor.type !== "float16") return tensor;
  const data = tensor.data as unknown as ArrayLike<number>;
  // Runtimes with Float16Array give the numbers themselves, others their bits.
  const values = data instanceof Uint16Array ? Float32Array.from(data, floatOfHalf) : Float32Array.from(data);
  return new ort.Tensor("float32", values, tensor.dims);
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Bits of the nearest half-precision number, ties to even (IEEE 754 binary16). */
export function halfOf(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: the value in units of 2^-24.
    const units = Math.abs(scratch[0]) * 2 ** 24;
    const floor = Math.floor(units);
    const rest = units - floor;
    return sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** The number that half-precision bits stand for. */
export function floatOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
