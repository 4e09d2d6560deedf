import { point, type Raster } from "@masksmith/core";
import { type Host, type HostDocument, isSameCanvas } from "@masksmith/panel/host";
import {
  type CanvasPointer,
  type CanvasWheel,
  type DocumentCanvas,
  type Overlay,
  PictureView,
  Pyramid,
  type ViewTransform,
} from "@masksmith/panel/viewport";

/** Longest side of the preview; what the model reads as well, so that it is read once. */
const SIDE = 2048;

/**
 * The document in the panel: a reduced picture whose view speaks document pixels. One pixel of the preview shows `#factor`
 * pixels of the document.
 */
export class PreviewCanvas implements DocumentCanvas {
  readonly view = new PictureView(
    "Document. Plus and minus zoom, 0 fits it in the window, Ctrl with the arrow keys pans.",
  );
  readonly #host: Host;
  #factor = 1;
  #shown: HostDocument | null = null;
  #overlay: Overlay | null = null;

  constructor(host: Host) {
    this.#host = host;
    host.on("document", (document) => void this.show(document));
  }

  get element(): HTMLElement {
    return this.view.element;
  }

  get overlay(): Overlay | null {
    return this.#overlay;
  }

  set overlay(overlay: Overlay | null) {
    this.#overlay = overlay;
    this.view.overlay = overlay && { draw: (ctx, view) => overlay.draw(ctx, this.#inDocument(view)) };
  }

  get cursor(): string {
    return this.view.cursor;
  }

  set cursor(cursor: string) {
    this.view.cursor = cursor;
  }

  get transform(): ViewTransform {
    return this.#inDocument(this.view.transform);
  }

  invalidate(): void {
    this.view.invalidate();
  }

  onPointer(listener: (event: CanvasPointer) => void): () => void {
    return this.view.onPointer((event) => {
      const documentPixelsPerPixel = event.documentPixelsPerPixel * this.#factor;
      listener({ ...event, point: this.#toDocument(event.point), documentPixelsPerPixel });
    });
  }

  onAltWheel(listener: (event: CanvasWheel) => boolean): () => void {
    return this.view.onAltWheel((event) => listener({ ...event, point: this.#toDocument(event.point) }));
  }

  /** Shows a document's state; one that cannot be read leaves the view empty, and the panel says why. */
  async show(document: HostDocument | null): Promise<void> {
    const before = this.#shown;
    if (document && before?.id === document.id && before.version === document.version) return;
    this.#shown = document;
    if (!document) {
      this.view.show(null);
      return;
    }
    const shown = this.#shown;
    const pixels = await this.#host.readPixels(null, SIDE).catch(() => null);
    if (this.#shown !== shown) return;
    if (!pixels) {
      this.#shown = null;
      this.view.show(null);
      return;
    }
    this.#factor = document.width / pixels.raster.width;
    this.view.show(new Pyramid(sourceOf(pixels.raster)), isSameCanvas(before, document));
  }

  #toDocument({ x, y }: CanvasPointer["point"]): CanvasPointer["point"] {
    return point("document", x * this.#factor, y * this.#factor);
  }

  #inDocument({ scale, x, y }: ViewTransform): ViewTransform {
    return { scale: scale / this.#factor, x, y };
  }
}

function sourceOf({ width, height, data }: Raster) {
  return {
    width,
    height,
    read(region: { x: number; y: number; width: number; height: number }, out: Uint8ClampedArray): void {
      for (let row = 0; row < region.height; row++) {
        const from = ((region.y + row) * width + region.x) * 4;
        out.set((data as Uint8ClampedArray).subarray(from, from + region.width * 4), row * region.width * 4);
      }
    },
  };
}
