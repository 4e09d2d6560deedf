import { MasksmithError } from "../errors.js";
import type { PromptSpec } from "../model/manifest.js";

/** The prompt encoder's learned tables. `width` is the embedding width (256 for SAM). */
export interface PromptTables {
  readonly width: number;
  /** [2, width/2], row-major: random Fourier features of the coordinates. */
  readonly gaussian: Float32Array;
  /** [4, width]: background point, foreground point, left upper corner, right lower corner. */
  readonly pointEmbeddings: Float32Array;
  /** [width]: stands for a padding point. */
  readonly notAPoint: Float32Array;
  /** [width]: stands for "no mask given", broadcast over the embedding's grid. */
  readonly noMask: Float32Array;
}

/**
 * Cuts the tables out of the model's prompt file (float32, little endian).
 * @throws MasksmithError `model` if a table lies outside the file or the shapes do not fit each other.
 */
export function readPromptTables(bytes: Uint8Array, { tables, file }: PromptSpec): PromptTables {
  const cut = (name: keyof typeof tables, shape: readonly number[]): Float32Array => {
    const table = tables[name];
    const length = shape.reduce((product, side) => product * side, 1);
    const fits = table.shape.length === shape.length && table.shape.every((side, i) => side === shape[i]);
    if (!fits || table.offset + length * 4 > bytes.length) {
      throw new MasksmithError("model", `${file}: table ${name} must be [${shape}] within ${bytes.length} bytes`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + table.offset, length * 4);
    return Float32Array.from({ length }, (_, i) => view.getFloat32(i * 4, true));
  };
  const half = tables.gaussian.shape[1] ?? 0;
  const width = half * 2;
  return {
    width,
    gaussian: cut("gaussian", [2, half]),
    pointEmbeddings: cut("point_embeddings", [4, width]),
    notAPoint: cut("not_a_point", [width]),
    noMask: cut("no_mask", [width]),
  };
}
