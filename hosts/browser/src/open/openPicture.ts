import { MasksmithError, throwIfAborted } from "@masksmith/core";
import type { DocumentState } from "../document/model.js";
import { isOpaque, pictureState } from "../document/newDocument.js";

/** Most pixels of a picture: its bytes then take 1 GiB. */
const MOST_PIXELS = 2 ** 28;
/** Called with the number of pixels that memory is about to be taken for. */
export type MakeRoom = (pixels: number) => Promise<void> | void;

/** Pixels copied in one go, so that the page answers in between. */
const STRIP_PIXELS = 2 ** 18;

/**
 * A picture the browser can decode, upright (its EXIF orientation applied) and in sRGB. Half transparent pixels may lose a
 * step of their colour: the browser hands them over premultiplied.
 * @param makeRoom called before the pixels' memory is taken.
 * @throws MasksmithError `input` if the browser cannot decode it, or it is too large.
 */
export async function openPicture(
  picture: Blob,
  name: string,
  signal?: AbortSignal,
  makeRoom: MakeRoom = () => undefined,
): Promise<DocumentState> {
  const bitmap = await decode(picture, name);
  try {
    const { width, height } = bitmap;
    if (width * height > MOST_PIXELS) {
      const size = `${width} x ${height}, ${Math.round((width * height) / 1e6)} megapixels`;
      throw new MasksmithError(
        "input",
        `“${name}” is too large (${size}); the limit is ${MOST_PIXELS / 1e6} megapixels`,
      );
    }
    await makeRoom(width * height);
    const { pixels, opaque } = await readPixels(bitmap, signal);
    return pictureState(width, height, pixels, opaque);
  } finally {
    bitmap.close();
  }
}

async function decode(picture: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(picture, { imageOrientation: "from-image", colorSpaceConversion: "default" });
  } catch (cause) {
    throw new MasksmithError(
      "input",
      `“${name}” can't be opened: the file is damaged or in an unsupported format. ` +
        "Use PNG, JPEG, WebP, GIF, BMP or PSD.",
      { cause },
    );
  }
}

interface Read {
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly opaque: boolean;
}

/** Strip by strip through a small canvas: a canvas of the picture's size would hold all of it once more. */
async function readPixels(bitmap: ImageBitmap, signal?: AbortSignal): Promise<Read> {
  const { width, height } = bitmap;
  const rows = Math.min(Math.max(Math.floor(STRIP_PIXELS / width), 1), height);
  const strip = new OffscreenCanvas(width, rows);
  const ctx = strip.getContext("2d", { willReadFrequently: true });
  if (!ctx) throw new MasksmithError("runtime", "The browser can't decode images");
  const pixels = new Uint8ClampedArray(width * height * 4);
  let opaque = true;
  for (let y = 0; y < height; y += rows) {
    throwIfAborted(signal);
    const count = Math.min(rows, height - y);
    ctx.clearRect(0, 0, width, count);
    ctx.drawImage(bitmap, 0, y, width, count, 0, 0, width, count);
    const { data } = ctx.getImageData(0, 0, width, count);
    opaque &&= isOpaque(data);
    pixels.set(data, y * width * 4);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { pixels, opaque };
}
