import sharp from "sharp";

/** Interleaved 8-bit pixels. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** Pixels as libvips decodes them, without any conversion by us. */
export async function pixelsOf(file: string | Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(file, { limitInputPixels: false }).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels as 1 | 2 | 3 | 4, data };
}

/** A sharp pipeline on pixels. */
export function pipeline({ data, width, height, channels }: Pixels) {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
}

/**
 * The pixels as a camera stores them that writes the EXIF orientation `tag`: by the standard's table of where the stored
 * row 0 and column 0 lie in the upright picture (6: row 0 is its right side, column 0 its top).
 */
export function storedAs(tag: number, upright: Pixels): Pixels {
  const { width, height, channels, data } = upright;
  const across = tag >= 5 ? height : width;
  const down = tag >= 5 ? width : height;
  const stored = new Uint8Array(data.length);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const [along, other] = tag >= 5 ? [row, column] : [column, row];
      const x = [2, 3, 6, 7].includes(tag) ? width - 1 - along : along;
      const y = [3, 4, 7, 8].includes(tag) ? height - 1 - other : other;
      const from = (y * width + x) * channels;
      stored.set(data.subarray(from, from + channels), (row * across + column) * channels);
    }
  }
  return { width: across, height: down, channels, data: stored };
}

/** Mean absolute difference of two pixel arrays of one length. */
export function difference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

/** IoU of two masks of one length; any value but 0 is foreground. */
export function iou(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return 0;
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] && b[i]) both++;
    if (a[i] || b[i]) either++;
  }
  return either === 0 ? 1 : both / either;
}
