/** A part of the document in its pixels; right and bottom exclusive. */
export interface Bounds {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** A picture as it crosses the bridge: all of it, or the tiles that differ from one the page has. */
export interface PixelsOnWire {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  /** Document pixels the picture shows. */
  readonly region: Bounds;
  readonly version: string;
  /** Null: `data` is the whole picture. Else the indices of its tiles, row by row, whose rows follow one another. */
  readonly tiles: Uint32Array | null;
  readonly data: Uint8Array;
}

/** Side of a tile in pixels of the picture. */
export const TILE = 128;

/** Where the rows of a tile lie among the picture's bytes: from, to. */
export function tileRows(
  { width, height, channels }: Pick<PixelsOnWire, "width" | "height" | "channels">,
  tile: number,
): (readonly [number, number])[] {
  const across = Math.ceil(width / TILE);
  const left = (tile % across) * TILE;
  const top = Math.floor(tile / across) * TILE;
  const bytes = (Math.min(left + TILE, width) - left) * channels;
  const rows: (readonly [number, number])[] = [];
  for (let y = top; y < Math.min(top + TILE, height); y++) {
    const from = (y * width + left) * channels;
    rows.push([from, from + bytes]);
  }
  return rows;
}

/** Whether `data` is as long as `tiles` (all: null) of such a picture are. */
export function isWhole({ width, height, channels, tiles, data }: PixelsOnWire): boolean {
  if (!tiles) return data.length === width * height * channels;
  const count = Math.ceil(width / TILE) * Math.ceil(height / TILE);
  let bytes = 0;
  for (const tile of tiles) {
    if (tile >= count) return false;
    for (const [from, to] of tileRows({ width, height, channels }, tile)) bytes += to - from;
  }
  return data.length === bytes;
}

/** A picture with its changed tiles laid over; `before` is not touched. Both have one size. */
export function patched(before: PixelsOnWire, changes: PixelsOnWire): PixelsOnWire {
  if (!changes.tiles) return changes;
  const data = before.data.slice();
  let at = 0;
  for (const tile of changes.tiles) {
    for (const [from, to] of tileRows(changes, tile)) {
      data.set(changes.data.subarray(at, at + to - from), from);
      at += to - from;
    }
  }
  return { ...changes, tiles: null, data };
}
