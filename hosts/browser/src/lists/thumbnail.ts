import type { LayerMask, PixelLayer } from "../document/index.js";

/** Side of a thumbnail, device pixels. */
const SIDE = 56;

const made = new WeakMap<object, HTMLCanvasElement>();

/** A small picture of a layer's pixels or a mask inside the document; made once for each, by taking single pixels. */
export function thumbnail(source: PixelLayer | LayerMask, extent: Extent): HTMLCanvasElement {
  const known = made.get(source);
  if (known) return known;
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const scale = SIDE / Math.max(extent.width, extent.height);
  canvas.width = Math.max(Math.round(extent.width * scale), 1);
  canvas.height = Math.max(Math.round(extent.height * scale), 1);
  const image = new ImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const read = "pixels" in source ? pixelReader(source) : maskReader(source);
  for (let y = 0, o = 0; y < canvas.height; y++) {
    const row = Math.floor((y + 0.5) / scale) - source.y;
    for (let x = 0; x < canvas.width; x++, o++) {
      const column = Math.floor((x + 0.5) / scale) - source.x;
      const inside = column >= 0 && row >= 0 && column < source.width && row < source.height;
      pixels[o] = read(inside ? row * source.width + column : -1);
    }
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  made.set(source, canvas);
  return canvas;
}

/** Gives the pixel at an index, or at -1 outside the bounds, as four bytes. */
type ReadPixel = (at: number) => number;

function pixelReader({ pixels }: PixelLayer): ReadPixel {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length / 4);
  return (at) => (at < 0 ? 0 : words[at]);
}

function maskReader({ data, outside }: LayerMask): ReadPixel {
  return (at) => ((at < 0 ? outside : data[at]) * 0x010101) | 0xff000000;
}

interface Extent {
  readonly width: number;
  readonly height: number;
}
