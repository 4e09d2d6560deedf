import { describe, expect, test } from "vitest";
import { pictureState } from "../../../hosts/browser/src/document/newDocument.js";
import { PictureDocument } from "../../../hosts/browser/src/document/pictureDocument.js";
import { LONG } from "../../support/long.js";
import { noiseMask } from "./states.js";

/** 50 megapixels; in the short form 24. */
const [WIDTH, HEIGHT] = LONG ? [8660, 5773] : [6000, 4000];
const PICTURE = WIDTH * HEIGHT * 4;

/** Bytes outside the JavaScript heap that buffers hold now. */
function bufferBytes(): number {
  return process.memoryUsage().arrayBuffers;
}

describe("a large document", () => {
  test("is read reduced, region by region and applied to without a second copy of its pixels", async () => {
    const start = bufferBytes();
    const pixels = new Uint8ClampedArray(PICTURE).fill(255);
    for (let i = 0; i < pixels.length; i += 4) pixels[i] = i >> 14;
    const open = new PictureDocument("document-1", "large.jpg", pictureState(WIDTH, HEIGHT, pixels, true));
    let most = 0;
    const sampler = setInterval(() => {
      most = Math.max(most, bufferBytes() - start);
    }, 5);
    const { raster } = await open.readPixels(null, 1024);
    expect([raster.width, raster.height]).toEqual([1024, 683]);
    const part = await open.readPixels({ x: 4000, y: 2500, width: 1024, height: 1024 } as never, 1024);
    expect(part.raster.data.length).toBe(1024 * 1024 * 4);
    const mask = noiseMask(3000, 2000, 1500, 1200, 5);
    await open.apply({
      documentId: open.id,
      output: { kind: "new-layer" },
      items: [{ name: "Cup", mask, parent: null }],
    });
    await open.apply({
      documentId: open.id,
      output: { kind: "layer-mask", mode: "replace" },
      items: [{ name: "Cup", mask, parent: null }],
    });
    open.undo();
    clearInterval(sampler);
    // The picture, a third of it for its levels, and garbage not yet collected; a second copy would pass this.
    expect(most).toBeLessThan(PICTURE * 1.75);
  });
});
