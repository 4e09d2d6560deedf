import type { Path, PathOutline } from "../document/model.js";
import type { Resource } from "./resources.js";

/** Image resources 2000..2997 are saved paths (Photoshop File Formats Specification, "Path resource format"). */
const FIRST_PATH = 2000;
const LAST_PATH = 2997;
const RECORD = 26;
const FIXED = 2 ** 24;
/** Steps a curve is shown with. */
const CURVE_STEPS = 8;

enum Selector {
  ClosedLength = 0,
  ClosedLinked = 1,
  ClosedUnlinked = 2,
  OpenLength = 3,
  FillRule = 6,
  InitialFill = 8,
}
/** Overlapping subpaths exclude each other: with outlines and holes this fills the mask, in whatever order. */
const EXCLUDE = 0;

export function isPath({ id }: Resource): boolean {
  return id >= FIRST_PATH && id <= LAST_PATH;
}

/** Closed subpaths as polygons for showing; the record itself is kept in `source`, so that saving loses no curve. */
export function readPath(resource: Resource, width: number, height: number): Omit<Path, "id"> {
  const { data, name } = resource;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const outlines: PathOutline[] = [];
  let knots: number[][] = [];
  let left = 0;
  for (let at = 0; at + RECORD <= data.length; at += RECORD) {
    const selector = view.getUint16(at);
    if (selector === Selector.ClosedLength) {
      left = view.getUint16(at + 2);
      knots = [];
    } else if ((selector === Selector.ClosedLinked || selector === Selector.ClosedUnlinked) && left > 0) {
      knots.push(readKnot(view, at + 2, width, height));
      if (--left === 0) outlines.push({ points: Float64Array.from(flattened(knots)), hole: false });
    } else if (selector === Selector.OpenLength) left = 0;
  }
  return { name, outlines, source: resource.data };
}

export function writePath(path: Path, index: number, width: number, height: number): Resource {
  const id = FIRST_PATH + index;
  if (path.source) return { id, name: path.name, data: path.source };
  const records = path.outlines.reduce((sum, { points }) => sum + 1 + points.length / 2, 2);
  const data = new Uint8Array(records * RECORD);
  const view = new DataView(data.buffer);
  view.setUint16(0, Selector.FillRule);
  view.setUint16(RECORD, Selector.InitialFill);
  let at = 2 * RECORD;
  for (const { points } of path.outlines) {
    view.setUint16(at, Selector.ClosedLength);
    view.setUint16(at + 2, points.length / 2);
    view.setInt16(at + 4, EXCLUDE);
    view.setUint16(at + 6, 1);
    at += RECORD;
    for (let i = 0; i < points.length; i += 2, at += RECORD) {
      view.setUint16(at, Selector.ClosedUnlinked);
      writeKnot(view, at + 2, points[i] / width, points[i + 1] / height);
    }
  }
  return { id, name: path.name, data };
}

/** [x, y] of the control point before, the anchor and the control point after, in pixels. */
function readKnot(view: DataView, at: number, width: number, height: number): number[] {
  return [0, 1, 2].flatMap((i) => {
    const y = view.getInt32(at + i * 8) / FIXED;
    const x = view.getInt32(at + i * 8 + 4) / FIXED;
    return [x * width, y * height];
  });
}

/** A corner: all three points at one place, as fractions of the document. */
function writeKnot(view: DataView, at: number, x: number, y: number): void {
  for (let i = 0; i < 3; i++) {
    view.setInt32(at + i * 8, Math.round(y * FIXED));
    view.setInt32(at + i * 8 + 4, Math.round(x * FIXED));
  }
}

/** Bezier knots as a polygon; straight stretches stay single edges. */
function flattened(knots: readonly number[][]): number[] {
  return knots.flatMap((knot, i) => {
    const next = knots[(i + 1) % knots.length];
    const [x0, y0, x1, y1] = knot.slice(2);
    const [x2, y2, x3, y3] = next;
    if (x0 === x1 && y0 === y1 && x2 === x3 && y2 === y3) return [x0, y0];
    return Array.from({ length: CURVE_STEPS }, (_, step) => {
      const t = step / CURVE_STEPS;
      const u = 1 - t;
      const at = (a: number, b: number, c: number, d: number) =>
        u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
      return [at(x0, x1, x2, x3), at(y0, y1, y2, y3)];
    }).flat();
  });
}
