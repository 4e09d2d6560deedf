import type { SoftMask } from "@masksmith/core";
import type { DocumentState, GroupLayer, Layer, PixelLayer } from "../../../hosts/browser/src/document/model.js";

/** A small generator of repeatable numbers (Mulberry32), so that a failure can be seen again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function noise(width: number, height: number, seed: number, opaque: boolean): Uint8ClampedArray<ArrayBuffer> {
  const next = random(seed);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < pixels.length; i++) pixels[i] = next() * 256;
  if (opaque) for (let a = 3; a < pixels.length; a += 4) pixels[a] = 255;
  return pixels;
}

export function noiseMask(x: number, y: number, width: number, height: number, seed: number): SoftMask {
  const next = random(seed);
  const data = Uint8Array.from({ length: width * height }, () => next() * 256);
  // Full corners, so that trimming leaves the bounds as they are.
  data[0] = data[data.length - 1] = 255;
  return { x, y, width, height, data };
}

const PLAIN = {
  visible: true,
  opacity: 1,
  locked: false,
  mask: null,
  blendMode: "normal",
  clipped: false,
} as const;

export function pixelLayer(id: number, changes: Partial<PixelLayer> & Pick<PixelLayer, "width" | "height" | "pixels">) {
  return { ...PLAIN, kind: "pixels", background: false, id, name: `Layer ${id}`, x: 0, y: 0, ...changes } as PixelLayer;
}

export function groupLayer(id: number, children: readonly Layer[], changes: Partial<GroupLayer> = {}): GroupLayer {
  return {
    ...PLAIN,
    kind: "group",
    expanded: true,
    blendMode: "pass through",
    id,
    name: `Group ${id}`,
    children,
    ...changes,
  };
}

/** One opaque background of noise, or the layers given. */
export function documentState(width: number, height: number, layers?: readonly Layer[]): DocumentState {
  const background = pixelLayer(1, {
    name: "Background",
    background: true,
    width,
    height,
    pixels: noise(width, height, 7, true),
  });
  const own = layers ?? [background];
  return {
    width,
    height,
    layers: own,
    activeLayer: own[own.length - 1].id,
    selection: null,
    channels: [],
    paths: [],
    pixelsVersion: 0,
  };
}
