import Psd, { type Layer as FileLayer, type NodeChild } from "@webtoon/psd";
import type { DocumentState } from "../../hosts/browser/src/document/model.js";
import { writePsd } from "../../hosts/browser/src/psd/index.js";

/**
 * A document saved as a file, or such a file, read back by another reader (@webtoon/psd; paths by the format), laid on the
 * canvas.
 */
export class PsdFile {
  readonly #psd: Psd;
  readonly #bytes: Uint8Array;
  readonly #width: number;
  readonly #height: number;

  constructor(file: DocumentState | Uint8Array) {
    // In a buffer of its own: that reader takes the whole buffer.
    this.#bytes = file instanceof Uint8Array ? Uint8Array.from(file) : writePsd(file);
    this.#psd = Psd.parse(this.#bytes.buffer as ArrayBuffer);
    this.#width = this.#psd.width;
    this.#height = this.#psd.height;
  }

  layer(name: string): FileLayer {
    const layer = find(this.#psd.children, name);
    if (!layer) throw new Error(`The file has no layer ${name}`);
    return layer;
  }

  /** A layer's mask; the reader gives it as RGBA. */
  async mask(name: string): Promise<Uint8Array> {
    const layer = this.layer(name);
    const mask = await layer.userMask();
    if (!mask) throw new Error(`The layer ${name} has no mask`);
    const { left, top, right, backgroundColor } = layer.maskData as unknown as Record<string, number>;
    return this.#laid(left, top, right - left, mask, 0, backgroundColor ?? 0);
  }

  /** A layer's transparency. */
  async alpha(name: string): Promise<Uint8Array> {
    const layer = this.layer(name);
    return this.#laid(layer.left, layer.top, layer.width, await layer.composite(false), 3, 0);
  }

  /** The first alpha channel of a file whose flat picture is opaque. */
  async channel(): Promise<Uint8Array> {
    const rgba = await this.#psd.composite();
    return Uint8Array.from({ length: this.#width * this.#height }, (_, i) => rgba[i * 4 + 3]);
  }

  /** A saved path filled (even-odd at pixel centres), 255 inside; straight lines between its anchors. */
  path(index: number): Uint8Array {
    const found = resource(this.#bytes, 2000 + index);
    if (!found) throw new Error(`The file has no path ${index}`);
    return filledPaths(subpaths(found, this.#width, this.#height), this.#width, this.#height);
  }

  #laid(left: number, top: number, width: number, rgba: ArrayLike<number>, channel: number, outside: number) {
    const out = new Uint8Array(this.#width * this.#height).fill(outside);
    const height = width > 0 ? rgba.length / 4 / width : 0;
    for (let y = Math.max(-top, 0); y < height && top + y < this.#height; y++) {
      for (let x = Math.max(-left, 0); x < width && left + x < this.#width; x++) {
        out[(top + y) * this.#width + left + x] = rgba[(y * width + x) * 4 + channel];
      }
    }
    return out;
  }
}

function find(children: readonly NodeChild[], name: string): FileLayer | null {
  for (const child of children) {
    if (child.type === "Layer" && child.name === name) return child;
    const found = child.type === "Group" ? find(child.children, name) : null;
    if (found) return found;
  }
  return null;
}

/** The data of an image resource (that reader leaves paths out): "8BIM", id, padded name, length, padded data. */
function resource(bytes: Uint8Array, wanted: number): Uint8Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = 26 + 4 + view.getUint32(26) + 4;
  const end = from + view.getUint32(from - 4);
  for (let at = from; at < end; ) {
    const name = at + 6;
    const data = name + ((view.getUint8(name) + 2) & ~1) + 4;
    const length = view.getUint32(data - 4);
    if (view.getUint16(at + 4) === wanted) return bytes.subarray(data, data + length);
    at = data + ((length + 1) & ~1);
  }
  return null;
}

type Point = readonly [x: number, y: number];

/** Records of 26 bytes (Photoshop File Formats Specification, "Path resource format"): anchors are the middle pair. */
function subpaths(bytes: Uint8Array, width: number, height: number): Point[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const paths: Point[][] = [];
  for (let at = 0; at + 26 <= bytes.byteLength; at += 26) {
    const selector = view.getUint16(at);
    if (selector === 0) paths.push([]);
    if (selector !== 1 && selector !== 2) continue;
    paths.at(-1)!.push([(view.getInt32(at + 14) / 2 ** 24) * width, (view.getInt32(at + 10) / 2 ** 24) * height]);
  }
  return paths;
}

/** Closed lines filled (even-odd at pixel centres), 255 inside. */
export function filledPaths(paths: readonly (readonly Point[])[], width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const y = row + 0.5;
    const crossings: number[] = [];
    for (const points of paths) {
      for (const [i, [x0, y0]] of points.entries()) {
        const [x1, y1] = points[(i + 1) % points.length];
        if (y0 <= y !== y1 <= y) crossings.push(x0 + ((y - y0) * (x1 - x0)) / (y1 - y0));
      }
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      out.fill(255, row * width + Math.ceil(crossings[i] - 0.5), row * width + Math.ceil(crossings[i + 1] - 0.5));
    }
  }
  return out;
}
