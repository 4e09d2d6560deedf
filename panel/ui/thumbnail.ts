import type { Raster, Rle } from "@masksmith/core";
import { css, html, LitElement } from "lit";
import { maskPicture } from "../paint/index.js";
import { whenIdle } from "./frames.js";
import { define } from "./sessionElement.js";

/** Longest side of the reduced picture that thumbnails are cut from. */
const SIDE = 640;
const reduced = new WeakMap<Raster, HTMLCanvasElement>();

/** The picture small enough to keep, made once. */
function reducedPicture(raster: Raster): HTMLCanvasElement {
  const known = reduced.get(raster);
  if (known) return known;
  const { width, height, channels, data } = raster;
  const step = Math.max(1, Math.floor(Math.max(width, height) / SIDE));
  const columns = Math.floor(width / step);
  const rows = Math.floor(height / step);
  const image = new ImageData(columns, rows);
  const green = channels > 2 ? 1 : 0;
  const blue = channels > 2 ? 2 : 0;
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0, from = y * step * width * channels; x < columns; x++, from += step * channels, to += 4) {
      image.data[to] = data[from];
      image.data[to + 1] = data[from + green];
      image.data[to + 2] = data[from + blue];
      image.data[to + 3] = channels % 2 === 0 ? data[from + channels - 1] : 255;
    }
  }
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  reduced.set(raster, canvas);
  return canvas;
}

/** Draws the part of the picture around `area`, in document pixels: scaling all of it for a thumbnail would be waste. */
function drawPiece(
  context: CanvasRenderingContext2D,
  picture: HTMLCanvasElement,
  { width, height }: { readonly width: number; readonly height: number },
  [x, y, across, down]: readonly [number, number, number, number],
): void {
  const margin = Math.max(across, down);
  const x0 = Math.max(0, x - margin);
  const y0 = Math.max(0, y - margin);
  const w = Math.min(width, x + across + margin) - x0;
  const h = Math.min(height, y + down + margin) - y0;
  const kx = picture.width / width;
  const ky = picture.height / height;
  context.drawImage(picture, x0 * kx, y0 * ky, w * kx, h * ky, x0, y0, w, h);
}

/** A piece of the picture with a mask on it: everything else is dimmed. */
class MaskThumbnail extends LitElement {
  static override properties = {
    raster: { attribute: false },
    mask: { attribute: false },
    documentSize: { attribute: false },
    around: { attribute: false },
    colour: {},
  };
  static override styles = css`
    :host {
      display: block;
      overflow: hidden;
      background: #1d1d1d;
      border-radius: 3px;
    }
    canvas {
      display: block;
      width: 100%;
      height: 100%;
    }
  `;
  declare raster: Raster | null;
  declare mask: Rle | null;
  declare documentSize: { readonly width: number; readonly height: number } | null;
  /** Document pixels to show; by default the mask's bounds. */
  declare around: readonly [x: number, y: number, width: number, height: number] | null;
  declare colour: string;

  constructor() {
    super();
    this.raster = null;
    this.mask = null;
    this.documentSize = null;
    this.around = null;
    this.colour = "#ffffff";
  }

  override render() {
    return html`<canvas aria-hidden="true"></canvas>`;
  }

  override updated(): void {
    whenIdle(this.#draw);
  }

  readonly #draw = (): void => {
    if (!this.isConnected) return;
    const { raster, mask, documentSize } = this;
    const canvas = this.renderRoot.querySelector("canvas")!;
    const ratio = globalThis.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.clientHeight * ratio));
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d")!;
    const drawn = mask && maskPicture(mask, this.colour);
    const area = this.around ?? (drawn && ([drawn.x, drawn.y, drawn.width, drawn.height] as const));
    if (!raster || !documentSize || !area) return;
    const scale = 0.86 * Math.min(width / Math.max(area[2], 1), height / Math.max(area[3], 1));
    context.translate(width / 2 - (area[0] + area[2] / 2) * scale, height / 2 - (area[1] + area[3] / 2) * scale);
    context.scale(scale, scale);
    drawPiece(context, reducedPicture(raster), documentSize, area);
    if (!drawn) return;
    context.fillStyle = "rgba(0, 0, 0, 0.62)";
    context.save();
    context.beginPath();
    context.rect(0, 0, documentSize.width, documentSize.height);
    const outline = drawn.outline(0);
    const outside = new Path2D();
    outside.rect(-1, -1, documentSize.width + 2, documentSize.height + 2);
    outside.addPath(outline);
    context.fill(outside, "evenodd");
    context.restore();
    context.lineWidth = (1.5 * ratio) / scale;
    context.strokeStyle = this.colour;
    context.stroke(outline);
  };
}

define("ms-thumbnail", MaskThumbnail);
