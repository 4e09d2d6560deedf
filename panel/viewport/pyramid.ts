import { throwIfAborted } from "@masksmith/core";
import { AreaResize } from "./areaResize.js";
import { halveInto, type Pixels } from "./halve.js";

/** Side of a tile in its own level's pixels. */
export const TILE = 256;
/** Tiles of level 1 kept at most: 32 MB. They would be three quarters of all, and are quickly made again. */
const MOST_OF_FIRST = 128;
/** Longest stretch of work before other tasks get their turn, ms. */
const SLICE = 8;

/** Level's pixels that a region's short side must keep, so that its edges do not blur into what lies around it. */
const SHORTEST = 16;

/** A part of a picture in its pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture that can be read part by part. */
export interface PictureSource {
  readonly width: number;
  readonly height: number;
  /** Writes a region (inside the picture) as 8-bit RGBA, straight alpha, sRGB, row by row to the start of `out`. */
  read(region: Region, out: Uint8ClampedArray): void;
}

/**
 * A picture and its halvings: pixel i of level L covers the picture's pixels [i * 2^L, (i + 1) * 2^L). Level 0 is read from
 * the source each time; the others are made once, tile by tile, and kept, but of level 1 only the latest that were
 * asked for: so they take about a tenth of a large picture.
 */
export class Pyramid {
  readonly width: number;
  readonly height: number;
  /** Number of levels; the last fits one tile. */
  readonly levels: number;
  readonly #source: PictureSource;
  readonly #kept: Map<number, Pixels>[];
  /** Whether level 1 has more tiles than are kept of it. */
  readonly #isLarge: boolean;

  constructor(source: PictureSource) {
    this.#source = source;
    this.width = source.width;
    this.height = source.height;
    let levels = 1;
    while (Math.max(this.width, this.height) > TILE * 2 ** (levels - 1)) levels++;
    this.levels = levels;
    const first = this.size(1);
    this.#isLarge = Math.ceil(first.width / TILE) * Math.ceil(first.height / TILE) > MOST_OF_FIRST;
    this.#kept = Array.from({ length: levels }, () => new Map());
  }

  /** Size of a level. */
  size(level: number): { width: number; height: number } {
    return { width: Math.ceil(this.width / 2 ** level), height: Math.ceil(this.height / 2 ** level) };
  }

  /** A tile if it costs little now: any of level 0, of the others those already made. */
  tile(level: number, column: number, row: number): Pixels | null {
    if (level > 0) return this.#kept[level].get(key(column, row)) ?? null;
    const region = this.#tileRegion(0, column, row);
    return this.#readBase(region);
  }

  /** Forgets what was made of a part of the picture, or of all of it. */
  invalidate(region: Region = { x: 0, y: 0, width: this.width, height: this.height }): void {
    for (let level = 1; level < this.levels; level++) {
      const side = TILE * 2 ** level;
      const kept = this.#kept[level];
      for (let row = Math.floor(region.y / side); row * side < region.y + region.height; row++) {
        for (let column = Math.floor(region.x / side); column * side < region.x + region.width; column++) {
          kept.delete(key(column, row));
        }
      }
    }
  }

  /**
   * Makes the tiles of a level (default: the last, so all) that touch a region of the picture, with pauses for other tasks.
   * @param onTile after each tile made, whatever its level.
   */
  async prepare(
    level = this.levels - 1,
    region: Region = { x: 0, y: 0, width: this.width, height: this.height },
    signal?: AbortSignal,
    onTile?: () => void,
  ): Promise<void> {
    if (level === 0) return;
    const side = TILE * 2 ** level;
    const made = this.#makeAll(level, region, side);
    await inSlices(made, signal, onTile);
  }

  /**
   * A region reduced by area average until its long side is at most `maxSide`; never enlarged.
   * @param region whole pixels inside the picture.
   */
  async read(region: Region, maxSide: number, signal?: AbortSignal): Promise<Pixels> {
    const scale = Math.min(maxSide / Math.max(region.width, region.height), 1);
    const width = Math.max(Math.round(region.width * scale), 1);
    const height = Math.max(Math.round(region.height * scale), 1);
    if (scale === 1) return this.#readWhole(region, signal);
    const level = this.#levelFor(region, scale);
    await this.prepare(level, region, signal);
    const pixel = 2 ** level;
    const left = Math.floor(region.x / pixel);
    const top = Math.floor(region.y / pixel);
    const right = Math.ceil((region.x + region.width) / pixel);
    const bottom = Math.ceil((region.y + region.height) / pixel);
    const inside = {
      x: region.x / pixel - left,
      y: region.y / pixel - top,
      width: region.width / pixel,
      height: region.height / pixel,
    };
    const resize = new AreaResize(inside, right - left, bottom - top, width, height);
    const rows = this.#rowReader(level, left, top, right, bottom);
    await inSlices(chunks(resize, height, rows), signal);
    return resize.result;
  }

  /** The coarsest level that is fine enough: one finer for a part, whose edges may lie within a level's pixel. */
  #levelFor(region: Region, scale: number): number {
    const isPart = region.width < this.width || region.height < this.height;
    const shortSide = Math.min(region.width, region.height);
    const level = Math.floor(Math.log2(1 / scale)) - (isPart ? 1 : 0);
    const finest = Math.floor(Math.log2(shortSide / SHORTEST));
    return Math.max(Math.min(level, finest, this.levels - 1), 0);
  }

  async #readWhole(region: Region, signal?: AbortSignal): Promise<Pixels> {
    const { x, width, height } = region;
    const data = new Uint8ClampedArray(width * height * 4);
    const rows = Math.max(Math.floor(65536 / width), 1);
    const read = function* (source: PictureSource): Generator<void> {
      for (let y = 0; y < height; y += rows) {
        const band = { x, y: region.y + y, width, height: Math.min(rows, height - y) };
        source.read(band, data.subarray(y * width * 4));
        yield;
      }
    };
    await inSlices(read(this.#source), signal);
    return { width, height, data };
  }

  *#makeAll(level: number, region: Region, side: number): Generator<void> {
    for (let row = Math.floor(region.y / side); row * side < region.y + region.height; row++) {
      for (let column = Math.floor(region.x / side); column * side < region.x + region.width; column++) {
        yield* this.#make(level, column, row);
      }
    }
  }

  /** Makes a tile after those of the level below that it is made of. */
  *#make(level: number, column: number, row: number): Generator<void> {
    if (level > 0 && this.#kept[level].has(key(column, row))) return;
    const below = this.#children(level, column, row);
    const passing =
      level === 2 && this.#isLarge ? below.filter((child) => !this.#kept[1].has(key(child.column, child.row))) : [];
    if (level > 1) for (const child of below) yield* this.#make(level - 1, child.column, child.row);
    const { width, height } = this.#tileRegion(level, column, row);
    const data = new Uint8ClampedArray(width * height * 4);
    for (const child of below) {
      const source = this.#tileNow(level - 1, child.column, child.row);
      halveInto(source, data, width, ((child.column & 1) * TILE) / 2, ((child.row & 1) * TILE) / 2);
    }
    this.#keep(level, key(column, row), { width, height, data });
    for (const child of passing) this.#kept[1].delete(key(child.column, child.row));
    yield;
  }

  #keep(level: number, name: number, tile: Pixels): void {
    const kept = this.#kept[level];
    kept.set(name, tile);
    if (level !== 1) return;
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_OF_FIRST) return;
      kept.delete(oldest);
    }
  }

  /** A tile that should be there; made at once if it was forgotten in a pause. */
  #tileNow(level: number, column: number, row: number): Pixels {
    const tile = this.tile(level, column, row);
    if (tile) return tile;
    for (const _ of this.#make(level, column, row));
    return this.#tileNow(level, column, row);
  }

  #children(level: number, column: number, row: number): { column: number; row: number }[] {
    const { width, height } = this.size(level - 1);
    const children = [];
    for (let r = row * 2; r < row * 2 + 2 && r * TILE < height; r++) {
      for (let c = column * 2; c < column * 2 + 2 && c * TILE < width; c++) children.push({ column: c, row: r });
    }
    return children;
  }

  #tileRegion(level: number, column: number, row: number): Region {
    const size = this.size(level);
    const x = column * TILE;
    const y = row * TILE;
    return { x, y, width: Math.min(TILE, size.width - x), height: Math.min(TILE, size.height - y) };
  }

  #readBase(region: Region): Pixels {
    const data = new Uint8ClampedArray(region.width * region.height * 4);
    this.#source.read(region, data);
    return { width: region.width, height: region.height, data };
  }

  /** Reads single rows of a level between two columns, fetching a band of them at a time. */
  #rowReader(level: number, left: number, top: number, right: number, bottom: number) {
    const width = right - left;
    const bandRows = level === 0 ? Math.max(Math.floor(65536 / width), 1) : TILE;
    let band: Uint8ClampedArray = new Uint8ClampedArray(0);
    let start = 0;
    let end = 0;
    return (y0: number): Uint8ClampedArray => {
      const y = top + y0;
      if (y < start || y >= end) {
        start = level === 0 ? y : Math.floor(y / TILE) * TILE;
        end = Math.min(start + bandRows, bottom);
        band = this.#band(level, left, right, start, end);
      }
      return band.subarray((y - start) * width * 4, (y - start + 1) * width * 4);
    };
  }

  /** Rows start..end of a level; above level 0 they lie in one row of tiles. */
  #band(level: number, left: number, right: number, start: number, end: number): Uint8ClampedArray {
    const width = right - left;
    if (level === 0) return this.#readBase({ x: left, y: start, width, height: end - start }).data;
    const band = new Uint8ClampedArray(width * (end - start) * 4);
    for (let column = Math.floor(left / TILE); column * TILE < right; column++) {
      const tile = this.#tileNow(level, column, Math.floor(start / TILE));
      const from = Math.max(column * TILE, left);
      const to = Math.min(column * TILE + tile.width, right);
      for (let y = start; y < end; y++) {
        const row = (y % TILE) * tile.width - column * TILE;
        band.set(tile.data.subarray((row + from) * 4, (row + to) * 4), ((y - start) * width + from - left) * 4);
      }
    }
    return band;
  }
}

function key(column: number, row: number): number {
  return row * 65536 + column;
}

function* chunks(resize: AreaResize, height: number, rows: (y: number) => Uint8ClampedArray): Generator<void> {
  for (let y = 0; y < height; y += 8) {
    resize.run(y, Math.min(y + 8, height), rows);
    yield;
  }
}

/** Runs work to its end, giving other tasks their turn every few milliseconds. */
async function inSlices(work: Generator<void>, signal?: AbortSignal, onStep?: () => void): Promise<void> {
  for (;;) {
    throwIfAborted(signal);
    const sliceEnd = performance.now() + SLICE;
    do {
      if (work.next().done) return;
      onStep?.();
    } while (performance.now() < sliceEnd);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
