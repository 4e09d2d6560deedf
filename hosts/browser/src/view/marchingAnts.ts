import type { SoftMask } from "@masksmith/core";
import type { Overlay, ViewTransform } from "@masksmith/panel/viewport";
import { coverageOutlines } from "../document/index.js";

/** CSS pixels of a dash, and its pace: pixels a step, milliseconds between steps. */
const DASH = 4;
const PACE = 1;
const INTERVAL = 80;

/**
 * The selection's outline where it covers half, drawn in black and white dashes that walk (not where the user asked for
 * less motion). Outlines are simplified to half a screen pixel and made again only when the zoom has doubled or halved.
 */
export class MarchingAnts implements Overlay {
  readonly #invalidate: () => void;
  #selection: SoftMask | null = null;
  #path: Path2D | null = null;
  #level = Number.NaN;
  #offset = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param invalidate asks for a repaint. */
  constructor(invalidate: () => void) {
    this.#invalidate = invalidate;
  }

  set selection(selection: SoftMask | null) {
    if (selection === this.#selection) return;
    this.#selection = selection;
    this.#path = null;
    this.#walk();
    this.#invalidate();
  }

  draw(ctx: CanvasRenderingContext2D, view: ViewTransform): void {
    if (!this.#selection) return;
    const level = Math.max(Math.round(Math.log2(1 / view.scale)), -1);
    if (!this.#path || level !== this.#level) {
      this.#path = pathOf(this.#selection, 2 ** level / 2);
      this.#level = level;
    }
    ctx.transform(view.scale, 0, 0, view.scale, view.x, view.y);
    ctx.lineWidth = 1 / view.scale;
    ctx.lineJoin = "round";
    ctx.strokeStyle = "#000";
    ctx.stroke(this.#path);
    ctx.strokeStyle = "#fff";
    ctx.setLineDash([DASH / view.scale, DASH / view.scale]);
    ctx.lineDashOffset = -this.#offset / view.scale;
    ctx.stroke(this.#path);
  }

  #walk(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!this.#selection || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this.#timer = setInterval(() => {
      if (document.hidden) return;
      this.#offset = (this.#offset + PACE) % (2 * DASH);
      this.#invalidate();
    }, INTERVAL);
  }
}

/** Outlines in document pixels; of a mask thinned out where the screen shows no more. */
function pathOf(selection: SoftMask, tolerance: number): Path2D {
  const path = new Path2D();
  const step = Math.max(Math.floor(tolerance * 2), 1);
  const { x, y } = selection;
  const mask = step > 1 ? thinned(selection, step) : { ...selection, x: 0, y: 0 };
  for (const { points } of coverageOutlines({ ...mask, outside: 0 }, tolerance / step)) {
    path.moveTo(points[0] * step + x, points[1] * step + y);
    for (let i = 2; i < points.length; i += 2) path.lineTo(points[i] * step + x, points[i + 1] * step + y);
    path.closePath();
  }
  return path;
}

/** Every `step`th pixel both ways, in coordinates of its own. */
function thinned({ width, height, data }: SoftMask, step: number): SoftMask {
  const across = Math.ceil(width / step);
  const down = Math.ceil(height / step);
  const thin = new Uint8Array(across * down);
  for (let row = 0, o = 0; row < down; row++) {
    for (let column = 0, i = row * step * width; column < across; column++, i += step, o++) thin[o] = data[i];
  }
  return { x: 0, y: 0, width: across, height: down, data: thin };
}
