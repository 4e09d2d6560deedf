import { type Pyramid, type Region, TILE } from "./pyramid.js";

/** Tiles kept ready to draw: 64 MB, more than a large screen shows. */
const MOST = 256;
/** Time for reading tiles of level 0 in one go, ms. */
const SLICE = 6;

interface Entry {
  bitmap: ImageBitmap | null;
  /** What is in `bitmap` is no longer what the picture shows. */
  stale: boolean;
  used: number;
}

/** A tile's place. */
interface Place {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

/** Tiles of a pyramid as bitmaps for drawing, the least recently drawn ones forgotten. */
export class TileCache {
  readonly pyramid: Pyramid;
  readonly #onReady: () => void;
  readonly #entries = new Map<string, Entry>();
  readonly #wanted = new Map<string, Place>();
  #frame = 0;
  #generation = 0;
  #working = false;
  #closed = new AbortController();

  /** @param onReady a tile that was asked for can be drawn now. */
  constructor(pyramid: Pyramid, onReady: () => void) {
    this.pyramid = pyramid;
    this.#onReady = onReady;
  }

  /** Call before a frame's `get`s: what earlier frames wanted and did not get is dropped. */
  startFrame(): void {
    this.#frame++;
    this.#wanted.clear();
  }

  /** The tile if it is there, perhaps outdated; else null. What is missing is made, then `onReady` is called. */
  get(level: number, column: number, row: number): ImageBitmap | null {
    const name = nameOf(level, column, row);
    const entry = this.#entries.get(name);
    if (entry) entry.used = this.#frame;
    if (!entry || entry.stale) this.#wanted.set(name, { level, column, row });
    return entry?.bitmap ?? null;
  }

  /** The tile if it is there, without asking for it. */
  peek(level: number, column: number, row: number): ImageBitmap | null {
    const entry = this.#entries.get(nameOf(level, column, row));
    if (entry) entry.used = this.#frame;
    return entry?.bitmap ?? null;
  }

  /** Call after a frame's `get`s. */
  endFrame(): void {
    this.#evict();
    if (!this.#working && this.#wanted.size > 0) void this.#work();
  }

  /** A part of the picture has changed: its tiles are drawn until their new ones are there. */
  invalidate(region: Region): void {
    this.#generation++;
    for (const [name, entry] of this.#entries) {
      const [level, column, row] = name.split("/").map(Number);
      const side = TILE * 2 ** level;
      const across = column * side < region.x + region.width && (column + 1) * side > region.x;
      const down = row * side < region.y + region.height && (row + 1) * side > region.y;
      if (across && down) entry.stale = true;
    }
  }

  dispose(): void {
    this.#closed.abort();
    for (const { bitmap } of this.#entries.values()) bitmap?.close();
    this.#entries.clear();
    this.#wanted.clear();
  }

  async #work(): Promise<void> {
    const { signal } = this.#closed;
    this.#working = true;
    let until = performance.now() + SLICE;
    try {
      for (let next = this.#take(); next; next = this.#take()) {
        await this.#make(next[0], next[1], signal);
        if (signal.aborted) return;
        if (performance.now() < until) continue;
        this.#onReady();
        await new Promise((resolve) => setTimeout(resolve));
        until = performance.now() + SLICE;
      }
      this.#onReady();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#working = false;
    }
  }

  #take(): [string, Place] | null {
    const next = this.#wanted.entries().next();
    if (next.done) return null;
    this.#wanted.delete(next.value[0]);
    return next.value;
  }

  async #make(name: string, { level, column, row }: Place, signal: AbortSignal): Promise<void> {
    const side = TILE * 2 ** level;
    const x = column * side;
    const y = row * side;
    const width = Math.min(side, this.pyramid.width - x);
    const height = Math.min(side, this.pyramid.height - y);
    await this.pyramid.prepare(level, { x, y, width, height }, signal);
    const generation = this.#generation;
    const pixels = this.pyramid.tile(level, column, row);
    if (!pixels) return;
    const bitmap = await createImageBitmap(new ImageData(pixels.data, pixels.width, pixels.height));
    if (signal.aborted) return bitmap.close();
    this.#entries.get(name)?.bitmap?.close();
    this.#entries.set(name, { bitmap, stale: generation !== this.#generation, used: this.#frame });
  }

  #evict(): void {
    if (this.#entries.size <= MOST) return;
    const old = [...this.#entries].filter(([, { used }]) => used < this.#frame);
    old.sort(([, a], [, b]) => a.used - b.used);
    for (const [name, { bitmap }] of old.slice(0, this.#entries.size - MOST)) {
      bitmap?.close();
      this.#entries.delete(name);
    }
  }
}

function nameOf(level: number, column: number, row: number): string {
  return `${level}/${column}/${row}`;
}
