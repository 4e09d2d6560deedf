import type { Tensor } from "onnxruntime-web";
import { MasksmithError } from "../errors.js";
import type { Manifest } from "../model/manifest.js";
import { floatData, type Tensors } from "../runtime/session.js";

/** What an encoder puts out, by name: the main embedding and, for some models, finer features. float32, batch 1. */
export type Features = Tensors;

/** Makes a float32 tensor over data. */
export type MakeTensor = (data: Float32Array, shape: readonly number[]) => Tensor;

interface FeatureShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Name of the main embedding. */
export function mainFeature(manifest: Manifest): string {
  return anyEncoder(manifest).output.name;
}

/** Names and shapes of all features, the main embedding first. */
function featureShapes(manifest: Manifest): FeatureShape[] {
  const extra = (anyEncoder(manifest).extra ?? []).map(({ name, shape }) => ({ name, shape: shape.map(Number) }));
  return [{ name: mainFeature(manifest), shape: [1, ...manifest.embedding.shape] }, ...extra];
}

/** The encoder's outputs that are kept. @throws MasksmithError `model` if one has another size than the manifest says. */
export function keepFeatures(outputs: Tensors, manifest: Manifest, tensor: MakeTensor): Features {
  const kept: Record<string, Tensor> = {};
  for (const { name, shape } of featureShapes(manifest)) {
    const data = floatData(outputs, name);
    if (data.length !== lengthOf(shape)) {
      throw new MasksmithError("model", `Encoder output ${name} must be [${shape}], got [${outputs[name].dims}]`);
    }
    kept[name] = String(outputs[name].dims) === String(shape) ? outputs[name] : tensor(data, shape);
  }
  return kept;
}

/** All features as one array, the main embedding first: how they cross threads and are stored. */
export function packFeatures(features: Features, manifest: Manifest): Float32Array {
  const parts = featureShapes(manifest).map(({ name }) => floatData(features, name));
  if (parts.length === 1) return parts[0];
  const packed = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    packed.set(part, offset);
    offset += part.length;
  }
  return packed;
}

/** Inverse of `packFeatures` (views of `packed`); undefined if the length is another model's. */
export function unpackFeatures(packed: Float32Array, manifest: Manifest, tensor: MakeTensor): Features | undefined {
  const shapes = featureShapes(manifest);
  if (packed.length !== shapes.reduce((sum, { shape }) => sum + lengthOf(shape), 0)) return undefined;
  const features: Record<string, Tensor> = {};
  let offset = 0;
  for (const { name, shape } of shapes) {
    const length = lengthOf(shape);
    features[name] = tensor(packed.subarray(offset, offset + length), shape);
    offset += length;
  }
  return features;
}

/** All encoders of a model put out the same (`parseManifest`). */
function anyEncoder({ encoders }: Manifest) {
  return Object.values(encoders)[0];
}

function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
