import type { Raster } from "@masksmith/core";

/**
 * A picture with objects in it, drawn by arithmetic so that the benchmark needs no file: overlapping discs over a ramp.
 * RGB, 8 bits.
 */
export function drawnPicture(width: number, height: number): Raster & { readonly data: Uint8Array } {
  const data = new Uint8Array(width * height * 3);
  const side = Math.min(width, height);
  const discs = Array.from({ length: 24 }, (_, i) => ({
    x: ((i * 0.618034) % 1) * width,
    y: ((i * 0.381966 + 0.13) % 1) * height,
    radius: side * (0.04 + 0.02 * (i % 6)),
    colour: [(i * 67) % 256, (i * 131 + 90) % 256, (i * 29 + 40) % 256],
  }));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      data[at] = (160 * x) / width + 40;
      data[at + 1] = (160 * y) / height + 40;
      data[at + 2] = 110;
    }
  }
  for (const { x, y, radius, colour } of discs) {
    const from = Math.max(0, Math.floor(y - radius));
    for (let row = from; row < Math.min(height, y + radius); row++) {
      const half = Math.sqrt(Math.max(0, radius * radius - (row - y) ** 2));
      const end = Math.min(width, x + half);
      for (let column = Math.max(0, Math.ceil(x - half)); column < end; column++) {
        data.set(colour, (row * width + column) * 3);
      }
    }
  }
  return { width, height, channels: 3, data };
}
