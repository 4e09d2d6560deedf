import { TILE } from "./pyramid.js";
import type { TileCache } from "./tileCache.js";
import type { Extent, ViewTransform } from "./transform.js";

/** Side of a checkerboard square, CSS pixels. */
const SQUARE = 8;

/** Draws the visible part of a picture on the checkerboard that stands for transparency. `ctx` is in device pixels. */
export function paintPicture(
  ctx: CanvasRenderingContext2D,
  tiles: TileCache,
  transform: ViewTransform,
  view: Extent,
  pixelRatio: number,
): void {
  const { pyramid } = tiles;
  const scale = transform.scale * pixelRatio;
  const offsetX = transform.x * pixelRatio;
  const offsetY = transform.y * pixelRatio;
  const level = Math.min(Math.max(Math.floor(Math.log2(1 / scale) + 1e-6), 0), pyramid.levels - 1);
  const side = TILE * 2 ** level;
  const edgeX = (column: number) => Math.round(Math.min(column * side, pyramid.width) * scale + offsetX);
  const edgeY = (row: number) => Math.round(Math.min(row * side, pyramid.height) * scale + offsetY);
  const columns = visible(offsetX, view.width * pixelRatio, side * scale, Math.ceil(pyramid.width / side));
  const rows = visible(offsetY, view.height * pixelRatio, side * scale, Math.ceil(pyramid.height / side));
  paintCheckerboard(ctx, edgeX(columns.from), edgeY(rows.from), edgeX(columns.to), edgeY(rows.to), pixelRatio);
  ctx.imageSmoothingEnabled = scale < 3 * pixelRatio;
  ctx.imageSmoothingQuality = "medium";
  tiles.startFrame();
  for (let row = rows.from; row < rows.to; row++) {
    for (let column = columns.from; column < columns.to; column++) {
      const x = edgeX(column);
      const y = edgeY(row);
      paintTile(ctx, tiles, level, column, row, x, y, edgeX(column + 1) - x, edgeY(row + 1) - y);
    }
  }
  tiles.endFrame();
}

/** The tiles in sight along one axis; `to` is exclusive. */
function visible(offset: number, extent: number, side: number, count: number): { from: number; to: number } {
  const from = Math.max(Math.floor(-offset / side), 0);
  return { from, to: Math.max(Math.min(Math.ceil((extent - offset) / side), count), from) };
}

/** The tile, or as long as it is not there the part of a coarser one. */
function paintTile(
  ctx: CanvasRenderingContext2D,
  tiles: TileCache,
  level: number,
  column: number,
  row: number,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  const bitmap = tiles.get(level, column, row);
  if (bitmap) {
    ctx.drawImage(bitmap, x, y, width, height);
    return;
  }
  const { levels } = tiles.pyramid;
  const size = tiles.pyramid.size(level);
  const across = Math.min(TILE, size.width - column * TILE);
  const down = Math.min(TILE, size.height - row * TILE);
  for (let above = level + 1; above < levels; above++) {
    const times = 2 ** (above - level);
    const coarse = tiles.peek(above, Math.floor(column / times), Math.floor(row / times));
    if (!coarse) continue;
    const sx = ((column % times) * TILE) / times;
    const sy = ((row % times) * TILE) / times;
    ctx.drawImage(coarse, sx, sy, across / times, down / times, x, y, width, height);
    return;
  }
}

function paintCheckerboard(
  ctx: CanvasRenderingContext2D,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  pixelRatio: number,
): void {
  const pattern = ctx.createPattern(checkerboard(Math.round(SQUARE * pixelRatio)), "repeat");
  if (!pattern) return;
  ctx.fillStyle = pattern;
  ctx.fillRect(x0, y0, x1 - x0, y1 - y0);
}

const boards = new Map<number, OffscreenCanvas>();

function checkerboard(square: number): OffscreenCanvas {
  const made = boards.get(square);
  if (made) return made;
  const board = new OffscreenCanvas(square * 2, square * 2);
  const ctx = board.getContext("2d");
  if (ctx) {
    ctx.fillStyle = "#ffffff";
    ctx.fillRect(0, 0, square * 2, square * 2);
    ctx.fillStyle = "#cccccc";
    ctx.fillRect(square, 0, square, square);
    ctx.fillRect(0, square, square, square);
  }
  boards.set(square, board);
  return board;
}
