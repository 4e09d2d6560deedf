import type { Descriptor, PsBounds, PsDocument } from "./photoshop.js";

type Reference = Readonly<Record<string, unknown>>;

/** A notice names its target in `_target`, or under the key "null". */
export function targetOf(descriptor: Descriptor): Reference | null {
  const target = descriptor._target ?? descriptor.null;
  const first: unknown = Array.isArray(target) ? target[0] : target;
  return typeof first === "object" && first !== null ? (first as Reference) : null;
}

export function isSelection(reference: Reference | null): boolean {
  const property = reference?._property;
  const name = typeof property === "object" && property !== null ? (property as Reference)._value : property;
  return reference?._ref === "channel" && name === "selection";
}

/** What two notices of the same act have in common, whatever form they come in. */
export function signatureOf(event: string, { to }: Descriptor): string {
  const name = event === "interfaceWhite" ? "intersectWith" : event;
  const drawn = shapeOf(to);
  return `${name} ${JSON.stringify(drawn === null ? (to ?? null) : drawn)}`;
}

/**
 * The bounds of what was drawn: they exist only here, for Photoshop has combined it with the selection already. In units other
 * than pixels only a new selection's bounds can be told: it is the selection. Null for what is no drawn shape.
 */
export function drawnBounds(event: string, { to }: Descriptor, document: PsDocument): PsBounds | null {
  const drawn = shapeOf(to);
  if (drawn === "other units") return event === "set" ? document.selection.bounds : null;
  return drawn;
}

function shapeOf(to: unknown): PsBounds | "other units" | null {
  if (typeof to !== "object" || to === null) return null;
  const shape = to as Reference;
  const sides = ["left", "top", "right", "bottom"].map((side) => numberOf(shape[side]));
  if (sides.every((side) => side !== null)) {
    if (sides.some(Number.isNaN)) return "other units";
    const [left, top, right, bottom] = sides as number[];
    return { left, top, right, bottom };
  }
  const points = shape.points as Reference | undefined;
  const x = listOf(points?.horizontal);
  const y = listOf(points?.vertical);
  if (x === "other units" || y === "other units") return "other units";
  if (x.length < 3 || y.length !== x.length) return null;
  return { left: Math.min(...x), top: Math.min(...y), right: Math.max(...x), bottom: Math.max(...y) };
}

/** Pixels; NaN for another unit, null for what is no number. */
function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return null;
  const { _unit, _value } = value as Reference;
  if (typeof _value !== "number") return null;
  return isPixels(_unit) ? _value : Number.NaN;
}

function listOf(value: unknown): readonly number[] | "other units" {
  const { list, _unit } = (value ?? {}) as Reference;
  if (!Array.isArray(list) || !list.every((one) => Number.isFinite(one))) return [];
  return isPixels(_unit) ? (list as number[]) : "other units";
}

function isPixels(unit: unknown): boolean {
  return unit === undefined || unit === "pixelsUnit";
}

export function clipped({ left, top, right, bottom }: PsBounds, { width, height }: PsDocument): PsBounds {
  return {
    left: Math.max(Math.min(left, right), 0),
    top: Math.max(Math.min(top, bottom), 0),
    right: Math.min(Math.max(left, right), width),
    bottom: Math.min(Math.max(top, bottom), height),
  };
}
