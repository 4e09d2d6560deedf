import type { CanvasPointer, CanvasWheel, DocumentCanvas, Overlay } from "./canvas.js";
import { Gestures } from "./gestures.js";
import { paintPicture } from "./paintPicture.js";
import type { Pyramid, Region } from "./pyramid.js";
import { TileCache } from "./tileCache.js";
import { centred, type Extent, fitted, panned, resized, type ViewTransform, zoomed } from "./transform.js";

/**
 * A picture with zoom and pan in an element of its own (put `element` anywhere; it fills what its style gives it). The
 * picture and what is drawn over it are two canvases, so that a moving preview costs no repaint of the picture. Draws only
 * the tiles in sight, at the level of the zoom.
 */
export class PictureView implements DocumentCanvas {
  readonly element: HTMLElement;
  readonly #picture = document.createElement("canvas");
  readonly #over = document.createElement("canvas");
  readonly #gestures: Gestures;
  readonly #resize: ResizeObserver;
  readonly #pointerListeners = new Set<(event: CanvasPointer) => void>();
  readonly #wheelListeners = new Set<(event: CanvasWheel) => boolean>();
  readonly #transformListeners = new Set<(transform: ViewTransform) => void>();
  #tiles: TileCache | null = null;
  #transform: ViewTransform = { scale: 1, x: 0, y: 0 };
  #view: Extent = { width: 0, height: 0 };
  #pixelRatio = 1;
  /** Follows the view's size until the user zooms or pans. */
  #fits = true;
  #frame = 0;
  #pictureDirty = false;
  #overlay: Overlay | null = null;
  #decoration: Overlay | null = null;
  #cursor = "crosshair";

  /** @param label the view's name for screen readers. */
  constructor(label: string) {
    this.element = document.createElement("div");
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "application");
    this.element.setAttribute("aria-roledescription", "picture");
    this.element.setAttribute("aria-label", label);
    Object.assign(this.element.style, { position: "relative", overflow: "hidden", touchAction: "none" });
    for (const canvas of [this.#picture, this.#over]) {
      Object.assign(canvas.style, { position: "absolute", inset: "0", width: "100%", height: "100%" });
      canvas.setAttribute("aria-hidden", "true");
      this.element.append(canvas);
    }
    this.#gestures = new Gestures(this.element, this.#gestureTarget());
    this.#resize = new ResizeObserver(() => this.#measure());
    this.#resize.observe(this.element);
    this.element.style.cursor = this.#cursor;
  }

  get transform(): ViewTransform {
    return this.#transform;
  }

  get overlay(): Overlay | null {
    return this.#overlay;
  }

  set overlay(overlay: Overlay | null) {
    this.#overlay = overlay;
    this.invalidate();
  }

  /** Drawn between picture and overlay; the view's owner's own, e.g. the outline of the selection. */
  set decoration(decoration: Overlay | null) {
    this.#decoration = decoration;
    this.invalidate();
  }

  get cursor(): string {
    return this.#cursor;
  }

  set cursor(cursor: string) {
    this.#cursor = cursor;
    this.element.style.cursor = cursor;
  }

  /** Shows a picture, or nothing; the whole of it unless it is to stay as it lies. */
  show(pyramid: Pyramid | null, keepView = false): void {
    this.#tiles?.dispose();
    this.#tiles = pyramid && new TileCache(pyramid, () => this.#repaint());
    if (!keepView) this.fit();
    this.#repaint();
  }

  /** The picture has changed in a region (its pyramid knows already). */
  pictureChanged(region: Region): void {
    this.#tiles?.invalidate(region);
    this.#repaint();
  }

  invalidate(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  onPointer(listener: (event: CanvasPointer) => void): () => void {
    this.#pointerListeners.add(listener);
    return () => this.#pointerListeners.delete(listener);
  }

  onAltWheel(listener: (event: CanvasWheel) => boolean): () => void {
    this.#wheelListeners.add(listener);
    return () => this.#wheelListeners.delete(listener);
  }

  onTransform(listener: (transform: ViewTransform) => void): () => void {
    this.#transformListeners.add(listener);
    return () => this.#transformListeners.delete(listener);
  }

  /** The whole picture, and so on when the view's size changes. */
  fit(): void {
    this.#fits = true;
    if (this.#tiles && this.#view.width > 0) this.#set(fitted(this.#tiles.pyramid, this.#view));
  }

  /** One document pixel on one CSS pixel, the middle staying where it is. */
  actualSize(): void {
    this.zoomBy(1 / this.#transform.scale);
  }

  /** Zooms about a point of the view, by default its middle. */
  zoomBy(factor: number, x = this.#view.width / 2, y = this.#view.height / 2): void {
    if (!this.#tiles) return;
    this.#fits = false;
    this.#set(zoomed(this.#transform, factor, x, y, this.#tiles.pyramid, this.#view));
  }

  dispose(): void {
    this.#gestures.dispose();
    this.#resize.disconnect();
    this.#tiles?.dispose();
    cancelAnimationFrame(this.#frame);
    this.element.remove();
  }

  #gestureTarget() {
    const view = this;
    return {
      get transform() {
        return view.#transform;
      },
      get hasPicture() {
        return view.#tiles !== null;
      },
      contains: (x: number, y: number) => {
        const picture = view.#tiles?.pyramid;
        return picture !== undefined && x >= 0 && y >= 0 && x < picture.width && y < picture.height;
      },
      zoomAt: (factor: number, x: number, y: number) => view.zoomBy(factor, x, y),
      panBy: (dx: number, dy: number) => view.#panBy(dx, dy),
      fit: () => view.fit(),
      actualSize: () => view.actualSize(),
      pointer: (event: CanvasPointer) => {
        for (const listener of view.#pointerListeners) listener(event);
      },
      altWheel: (event: CanvasWheel) => [...view.#wheelListeners].some((listener) => listener(event)),
      panning: (state: "no" | "ready" | "active") => {
        view.element.style.cursor = state === "no" ? view.#cursor : state === "ready" ? "grab" : "grabbing";
      },
    };
  }

  #panBy(dx: number, dy: number): void {
    if (!this.#tiles) return;
    this.#fits = false;
    this.#set(panned(this.#transform, dx, dy, this.#tiles.pyramid, this.#view));
  }

  #set(transform: ViewTransform): void {
    this.#transform = transform;
    this.#repaint();
    for (const listener of this.#transformListeners) listener(transform);
  }

  #measure(): void {
    const before = this.#view;
    this.#view = { width: this.element.clientWidth, height: this.element.clientHeight };
    if (!this.#tiles || this.#view.width === 0) return;
    if (this.#fits) this.fit();
    else if (before.width === 0) this.#set(centred(this.#tiles.pyramid, this.#view, this.#transform.scale));
    else this.#set(resized(this.#transform, before, this.#view));
  }

  #repaint(): void {
    this.#pictureDirty = true;
    this.invalidate();
  }

  #paint(): void {
    this.#frame = 0;
    if (this.#view.width === 0 || this.#view.height === 0) return;
    if (this.#pixelRatio !== window.devicePixelRatio) this.#pictureDirty = true;
    this.#pixelRatio = window.devicePixelRatio;
    if (this.#pictureDirty) this.#paintPicture();
    this.#paintOver();
  }

  #paintPicture(): void {
    this.#pictureDirty = false;
    const ctx = this.#sized(this.#picture);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.#picture.width, this.#picture.height);
    if (this.#tiles) paintPicture(ctx, this.#tiles, this.#transform, this.#view, this.#pixelRatio);
  }

  #paintOver(): void {
    const ctx = this.#sized(this.#over);
    ctx.setTransform(this.#pixelRatio, 0, 0, this.#pixelRatio, 0, 0);
    ctx.clearRect(0, 0, this.#view.width, this.#view.height);
    if (!this.#tiles) return;
    for (const layer of [this.#decoration, this.#overlay]) {
      if (!layer) continue;
      ctx.save();
      layer.draw(ctx, this.#transform);
      ctx.restore();
    }
  }

  /** The canvas's context, at the size of the view in device pixels. */
  #sized(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
    const width = Math.round(this.#view.width * this.#pixelRatio);
    const height = Math.round(this.#view.height * this.#pixelRatio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    return canvas.getContext("2d") as CanvasRenderingContext2D;
  }
}
