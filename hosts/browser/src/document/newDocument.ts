import type { DocumentState, PixelLayer } from "./model.js";

/**
 * A document of one picture: its background if it is opaque, else a layer.
 * @param pixels RGBA, straight alpha; kept, not copied.
 */
export function pictureState(
  width: number,
  height: number,
  pixels: Uint8ClampedArray<ArrayBuffer>,
  background: boolean,
): DocumentState {
  const layer: PixelLayer = {
    kind: "pixels",
    id: 1,
    name: background ? "Background" : "Layer 0",
    visible: true,
    opacity: 1,
    locked: false,
    mask: null,
    blendMode: "normal",
    clipped: false,
    background,
    x: 0,
    y: 0,
    width,
    height,
    pixels,
  };
  return {
    width,
    height,
    layers: [layer],
    activeLayer: layer.id,
    selection: null,
    channels: [],
    paths: [],
    pixelsVersion: 0,
  };
}

/** Whether no pixel lets anything through. */
export function isOpaque(pixels: Uint8ClampedArray): boolean {
  for (let a = 3; a < pixels.length; a += 4) if (pixels[a] < 255) return false;
  return true;
}
