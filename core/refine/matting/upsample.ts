import { trimSoft } from "../../mask/index.js";
import type { SoftMask } from "../../types.js";
import type { Band } from "./band.js";
import type { LinePlanes } from "./laplacian.js";
import { PAGE, type Workspace } from "./workspace.js";

/** Alpha nearer than this to 0 or 1 in all working pixels around is that: no picture noise gets into solid parts. */
const SETTLED = 0.02;

/**
 * Alpha at document resolution: at each document pixel the colour line of the working pixels around it, interpolated, is
 * applied to its own colour, so that the edges are the picture's (He, Sun: Fast Guided Filter, 2015). Outside the band it is
 * the mask. Without a reduction alpha is taken as it is.
 */
export function toDocument(space: Workspace, band: Band, alpha: Float32Array, lines?: LinePlanes): SoftMask {
  const { region, factor, picture, mask } = space;
  const data = mask;
  for (let i = 0; i < data.length; i++) data[i] *= 255;
  for (const page of band.pages) {
    if (lines && factor > 1) interpolatePage(space, band, alpha, lines, page, data);
    else copyPage(space, band, alpha, page, data);
  }
  return trimSoft({ x: region.x0, y: region.y0, width: picture.width, height: picture.height, data });
}

function copyPage(
  { width, height }: Workspace,
  { unknown }: Band,
  alpha: Float32Array,
  page: { readonly x: number; readonly y: number },
  data: Uint8Array,
): void {
  for (let y = page.y; y < Math.min(height, page.y + PAGE); y++) {
    for (let i = y * width + page.x; i < y * width + Math.min(width, page.x + PAGE); i++)
      if (unknown[i]) data[i] = Math.round(alpha[i] * 255);
  }
}

function interpolatePage(
  space: Workspace,
  { unknown }: Band,
  alpha: Float32Array,
  lines: LinePlanes,
  page: { readonly x: number; readonly y: number },
  data: Uint8Array,
): void {
  const { width, height } = space;
  for (let y = page.y; y < Math.min(height, page.y + PAGE); y++) {
    for (let x = page.x; x < Math.min(width, page.x + PAGE); x++) {
      if (!unknown[y * width + x]) continue;
      const solid = solidAround(alpha, width, height, x, y);
      if (solid < 0) interpolateBlock(space, lines, x, y, data);
      else fillBlock(space, x, y, solid, data);
    }
  }
}

/** 255 or 0 if the working pixel and its neighbours all are (nearly) in or out, else -1. */
function solidAround(alpha: Float32Array, width: number, height: number, x: number, y: number): number {
  let least = 1;
  let most = 0;
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let i = v * width + Math.max(0, x - 1); i <= v * width + Math.min(width - 1, x + 1); i++) {
      least = Math.min(least, alpha[i]);
      most = Math.max(most, alpha[i]);
    }
  }
  if (most <= SETTLED) return 0;
  return least >= 1 - SETTLED ? 255 : -1;
}

function fillBlock({ factor, picture }: Workspace, x: number, y: number, value: number, data: Uint8Array): void {
  const right = Math.min(picture.width, (x + 1) * factor);
  for (let v = y * factor; v < Math.min(picture.height, (y + 1) * factor); v++)
    data.fill(value, v * picture.width + x * factor, v * picture.width + right);
}

function interpolateBlock(space: Workspace, lines: LinePlanes, x: number, y: number, data: Uint8Array): void {
  const { factor, picture, width, height } = space;
  const [a0, a1, a2, b] = lines;
  const right = Math.min(picture.width, (x + 1) * factor);
  for (let v = y * factor; v < Math.min(picture.height, (y + 1) * factor); v++) {
    const down = Math.max(0, Math.min(height - 1, (v + 0.5) / factor - 0.5));
    const upper = Math.floor(down) * width;
    const lower = Math.min(height - 1, Math.floor(down) + 1) * width;
    const fy = down - Math.floor(down);
    for (let u = x * factor; u < right; u++) {
      const along = Math.max(0, Math.min(width - 1, (u + 0.5) / factor - 0.5));
      const left = Math.floor(along);
      const next = Math.min(width - 1, left + 1);
      const fx = along - left;
      const w0 = (1 - fx) * (1 - fy);
      const w1 = fx * (1 - fy);
      const w2 = (1 - fx) * fy;
      const w3 = fx * fy;
      const i0 = upper + left;
      const i1 = upper + next;
      const i2 = lower + left;
      const i3 = lower + next;
      const at = v * picture.width + u;
      const r = (a0[i0] * w0 + a0[i1] * w1 + a0[i2] * w2 + a0[i3] * w3) * picture.data[at * 3];
      const g = (a1[i0] * w0 + a1[i1] * w1 + a1[i2] * w2 + a1[i3] * w3) * picture.data[at * 3 + 1];
      const blue = (a2[i0] * w0 + a2[i1] * w1 + a2[i2] * w2 + a2[i3] * w3) * picture.data[at * 3 + 2];
      const value = r + g + blue + 255 * (b[i0] * w0 + b[i1] * w1 + b[i2] * w2 + b[i3] * w3);
      data[at] = Math.max(0, Math.min(255, value + 0.5));
    }
  }
}
