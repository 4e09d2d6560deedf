/** 8-bit RGBA with straight alpha, rows top to bottom. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * The picture at half its size (rounded up): each pixel is the mean of the two by two it covers, colour weighted by alpha;
 * at an odd right or lower edge, of those that exist. Written into `out` (row length `outWidth` pixels) at (atX, atY).
 */
export function halveInto(source: Pixels, out: Uint8ClampedArray, outWidth: number, atX: number, atY: number): void {
  const { width, height, data } = source;
  const across = (width + 1) >> 1;
  const down = (height + 1) >> 1;
  for (let y = 0; y < down; y++) {
    let a = y * 2 * width * 4;
    let c = y * 2 + 1 < height ? a + width * 4 : a;
    let o = ((atY + y) * outWidth + atX) * 4;
    for (let x = 0; x < across; x++, a += 8, c += 8, o += 4) {
      const step = x * 2 + 1 < width ? 4 : 0;
      average(data, a, a + step, c, c + step, out, o);
    }
  }
}

/** The mean of four pixels (offsets a..d) to `out[o]`. */
function average(
  data: Uint8ClampedArray,
  a: number,
  b: number,
  c: number,
  d: number,
  out: Uint8ClampedArray,
  o: number,
): void {
  const alphaA = data[a + 3];
  const alphaB = data[b + 3];
  const alphaC = data[c + 3];
  const alphaD = data[d + 3];
  if ((alphaA & alphaB & alphaC & alphaD) === 255) {
    out[o] = (data[a] + data[b] + data[c] + data[d] + 2) >> 2;
    out[o + 1] = (data[a + 1] + data[b + 1] + data[c + 1] + data[d + 1] + 2) >> 2;
    out[o + 2] = (data[a + 2] + data[b + 2] + data[c + 2] + data[d + 2] + 2) >> 2;
    out[o + 3] = 255;
    return;
  }
  const total = alphaA + alphaB + alphaC + alphaD;
  if (total === 0) {
    out[o] = out[o + 1] = out[o + 2] = out[o + 3] = 0;
    return;
  }
  for (let i = 0; i < 3; i++) {
    const sum = data[a + i] * alphaA + data[b + i] * alphaB + data[c + i] * alphaC + data[d + i] * alphaD;
    out[o + i] = sum / total;
  }
  out[o + 3] = (total + 2) >> 2;
}
