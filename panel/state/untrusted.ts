import { rleFromCoco } from "@masksmith/core";

/** Reading JSON that somebody else may have written: nothing throws, what does not fit is nothing. */

export function readMask(stored: unknown): ReturnType<typeof rleFromCoco> | null {
  try {
    return rleFromCoco(stored as Parameters<typeof rleFromCoco>[0]);
  } catch {
    return null;
  }
}

export function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

export function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

export function isPoint(value: unknown): value is { x: number; y: number } {
  const { x, y } = fields(value);
  return Number.isFinite(x) && Number.isFinite(y);
}

export function isBounds(value: unknown): value is { x0: number; y0: number; x1: number; y1: number } {
  const { x0, y0, x1, y1 } = fields(value);
  return [x0, y0, x1, y1].every(Number.isFinite) && (x1 as number) > (x0 as number) && (y1 as number) > (y0 as number);
}
