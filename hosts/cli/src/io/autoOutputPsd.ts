import {
  decodeRle,
  MasksmithError,
  type ObjectMask,
  type ObjectNode,
  structureOf,
  type XywhBox,
} from "@masksmith/core";
import { type Layer, type PixelData, writePsdUint8Array } from "ag-psd";
import type { Output } from "./atomic.js";
import type { Picture } from "./readImage.js";

/** What the format can hold: offsets are 32 bits, and readers take them for signed. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * A layered PSD: at the bottom the picture, above it the group "Objects", nested as the masks are. An object is a layer
 * with the picture's pixels inside the mask's bounds and the mask as layer mask, so that an editor can move it, or paint
 * its mask wider. One that contains others is a group of its own layer and, above it, theirs; siblings lie largest lowest.
 * @throws MasksmithError `runtime` if the file would exceed the format's 2 GiB.
 */
export async function objectsPsd(path: string, picture: Picture, masks: readonly ObjectMask[]): Promise<Output[]> {
  const { width, height } = picture.raster;
  const { roots } = structureOf(masks, { width, height });
  const slot: Slot = { owner: undefined, pixels: undefined };
  const pixels = rgba(picture, [0, 0, width, height]);
  const document = {
    width,
    height,
    imageData: pixels,
    children: [
      { name: "Picture", imageData: pixels },
      { name: "Objects", children: roots.map((node) => objectLayer(node, masks, picture, slot)) },
    ],
  };
  return [{ path, bytes: encode(document, path) }];
}

function encode(document: Parameters<typeof writePsdUint8Array>[0], path: string): Uint8Array {
  const hint = "write .json, or a folder of PNG files";
  try {
    const bytes = writePsdUint8Array(document, { noBackground: true });
    if (bytes.length <= MAX_BYTES) return bytes;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MasksmithError("runtime", `not enough memory to write ${path} with all its layers: ${hint}`, { cause });
  }
  throw new MasksmithError("runtime", `cannot write ${path}: a PSD holds at most ${MAX_BYTES} bytes: ${hint}`);
}

function objectLayer(node: ObjectNode, masks: readonly ObjectMask[], picture: Picture, slot: Slot): Layer {
  const own = maskedLayer(node, masks[node.index], picture, slot);
  if (node.children.length === 0) return own;
  return {
    name: node.name,
    children: [own, ...node.children.map((child) => objectLayer(child, masks, picture, slot))],
  };
}

function maskedLayer({ name }: ObjectNode, { mask, bbox, area }: ObjectMask, picture: Picture, slot: Slot): Layer {
  const [left, top, width, height] = bbox;
  const bounds = { left, top, right: left + width, bottom: top + height };
  if (area === 0) return { name, mask: { ...bounds, defaultColor: 0 } };
  return {
    name,
    ...bounds,
    imageData: onDemand(bbox, slot, () => rgba(picture, bbox).data),
    mask: { ...bounds, defaultColor: 0, imageData: onDemand(bbox, slot, () => maskPixels(mask, bbox)) },
  };
}

/** The last pixels that were asked for. */
interface Slot {
  owner: object | undefined;
  pixels: Uint8ClampedArray<ArrayBuffer> | undefined;
}

/**
 * Pixels that are made when the writer reads them and dropped when it reads others: of all layers only one is in memory
 * unpacked, the rest as the packed bytes that go into the file.
 */
function onDemand(bounds: XywhBox, slot: Slot, make: () => PixelData["data"]): PixelData {
  const owner = {};
  return {
    width: bounds[2],
    height: bounds[3],
    get data() {
      if (slot.owner !== owner) {
        slot.pixels = undefined;
        slot.pixels = make() as Uint8ClampedArray<ArrayBuffer>;
        slot.owner = owner;
      }
      return slot.pixels as Uint8ClampedArray<ArrayBuffer>;
    },
  };
}

/** The picture inside `bounds`, [height, width, 4]. */
function rgba({ raster }: Picture, [left, top, width, height]: XywhBox): PixelData {
  const { channels, data } = raster;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0, to = 0; row < height; row++) {
    let from = ((top + row) * raster.width + left) * channels;
    for (let column = 0; column < width; column++, from += channels, to += 4) {
      pixels[to] = data[from];
      pixels[to + 1] = data[from + 1];
      pixels[to + 2] = data[from + 2];
      pixels[to + 3] = channels === 4 ? data[from + 3] : 255;
    }
  }
  return { width, height, data: pixels };
}

/** The mask inside `bounds` as grey, [height, width, 4]. */
function maskPixels(mask: ObjectMask["mask"], bounds: XywhBox): Uint8ClampedArray<ArrayBuffer> {
  const inside = decodeRle(mask, bounds);
  const pixels = new Uint32Array(inside.length);
  for (let i = 0; i < inside.length; i++) if (inside[i]) pixels[i] = 0xffffffff;
  return new Uint8ClampedArray(pixels.buffer);
}
