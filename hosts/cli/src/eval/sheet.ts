import { decodeRle, type Raster, type Rle } from "@masksmith/core";
import sharp from "sharp";
import type { Answered } from "./evaluate.js";
import type { StepName } from "./steps.js";

/** Most pairs on a sheet. */
const MOST = 40;
/** Pairs beside each other. */
const ACROSS = 4;
/** Long side of a picture on the sheet, and the strip for its words. */
const SIDE = 240;
const STRIP = 18;
const GAP = 8;

const COLOURS = { mask: [255, 64, 32], region: [40, 220, 90], click: [255, 230, 0] } as const;

interface Pair {
  readonly difference: number;
  readonly picture: Buffer;
}

/** Collects the answers that differ most between two rows, and draws them side by side. */
export class Sheet {
  readonly #rows: readonly [StepName, StepName];
  readonly #pairs: Promise<Pair>[] = [];
  readonly #differences: number[] = [];

  constructor(rows: readonly [StepName, StepName]) {
    this.#rows = rows;
  }

  /** Keeps the answer if it is among those that differ most so far. */
  add({ labelled, raster, masks, measured }: Answered): void {
    const [a, b] = this.#rows.map((row) => ({ mask: masks[row], found: measured.get(row) }));
    if (!a?.mask || !b?.mask || !a.found || !b.found) return;
    const difference =
      Math.abs(b.found.any - a.found.any) + 0.02 * Math.min(20, Math.abs(b.found.specks - a.found.specks));
    const least = [...this.#differences].sort((x, y) => y - x)[MOST - 1];
    if (difference === 0 || (least !== undefined && difference <= least)) return;
    this.#differences.push(difference);
    const words = (name: string, found: { any: number; specks: number }) =>
      `${name} ${found.any.toFixed(2)}, specks ${found.specks}`;
    const half = (mask: Rle) => tile(raster, mask, labelled.mask, labelled.click);
    const titles = [words(this.#rows[0], a.found), words(this.#rows[1], b.found)] as const;
    this.#pairs.push(pair(half(a.mask), half(b.mask), titles).then((picture) => ({ difference, picture })));
  }

  /** The sheet as a PNG: the masks in red, the region most likely meant outlined in green, the click in yellow. */
  async png(): Promise<Buffer> {
    const pairs = (await Promise.all(this.#pairs)).sort((a, b) => b.difference - a.difference).slice(0, MOST);
    const width = 2 * SIDE + GAP;
    const height = SIDE + STRIP;
    const tiles = pairs.map(({ picture }, i) => ({
      input: picture,
      left: GAP + (i % ACROSS) * (width + 2 * GAP),
      top: GAP + Math.floor(i / ACROSS) * (height + GAP),
    }));
    const rows = Math.max(1, Math.ceil(pairs.length / ACROSS));
    return sharp({
      create: {
        width: ACROSS * (width + 2 * GAP),
        height: GAP + rows * (height + GAP),
        channels: 3,
        background: "#202020",
      },
    })
      .composite(tiles)
      .png()
      .toBuffer();
  }
}

interface Tile {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The picture with the mask's tint and outline, the region's outline and the click. */
function tile(raster: Raster, mask: Rle, region: Rle, click: { readonly x: number; readonly y: number }): Tile {
  const { width, height, channels, data } = raster;
  const out = new Uint8Array(width * height * 3);
  const [inMask, inRegion] = [decodeRle(mask), decodeRle(region)];
  const isRim = (plane: Uint8Array, i: number) =>
    plane[i] === 1 && !(plane[i - 1] && plane[i + 1] && plane[i - width] && plane[i + width]);
  for (let i = 0; i < width * height; i++) {
    const near = Math.hypot((i % width) - click.x, Math.floor(i / width) - click.y) < Math.max(width, height) / 100;
    for (let c = 0; c < 3; c++) {
      let value = data[i * channels + c];
      if (inMask[i]) value = 0.6 * value + 0.4 * COLOURS.mask[c];
      if (isRim(inMask, i)) value = COLOURS.mask[c];
      if (isRim(inRegion, i)) value = COLOURS.region[c];
      out[i * 3 + c] = near ? COLOURS.click[c] : value;
    }
  }
  return { data: out, width, height };
}

async function pair(a: Tile, b: Tile, titles: readonly [string, string]): Promise<Buffer> {
  const pictures = await Promise.all(
    [a, b].map(({ data, width, height }) =>
      sharp(data, { raw: { width, height, channels: 3 } })
        .resize(SIDE, SIDE, { fit: "contain", background: "#202020" })
        .png()
        .toBuffer(),
    ),
  );
  const width = 2 * SIDE + GAP;
  const label = (title: string, x: number) => `<text x="${x}" y="13">${title}</text>`;
  const words = `<svg width="${width}" height="${STRIP}" font-family="sans-serif" font-size="11" fill="#fff">${label(
    titles[0],
    2,
  )}${label(titles[1], SIDE + GAP + 2)}</svg>`;
  return sharp({ create: { width, height: SIDE + STRIP, channels: 3, background: "#202020" } })
    .composite([
      { input: Buffer.from(words), left: 0, top: 0 },
      { input: pictures[0], left: 0, top: STRIP },
      { input: pictures[1], left: SIDE + GAP, top: STRIP },
    ])
    .png()
    .toBuffer();
}
