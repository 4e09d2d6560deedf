import { rleFromCoco, rleToCoco } from "@masksmith/core";
import type { PanelObject, PromptAct, Step, Work } from "./work.js";
import { EMPTY_WORK } from "./work.js";

/** A work as JSON: masks in COCO's compressed form. */
export type StoredWork = { readonly version: 1; readonly work: unknown };

export function workToJson(work: Work): StoredWork {
  const objects = work.objects.map((object) => ({ ...object, steps: object.steps.map(stepToJson) }));
  return { version: 1, work: { ...work, objects } };
}

function stepToJson({ act, choice }: Step): unknown {
  const plain = "mask" in act ? { ...act, mask: rleToCoco(act.mask) } : act;
  return { act: plain, choice };
}

/**
 * Reads what `workToJson` wrote. Storage is not trusted: an object that does not read well is left out, and anything else
 * gives the empty work; restoring must never stand in the way of working.
 */
export function workFromJson(stored: unknown): Work {
  const { version, work } = record(stored);
  if (version !== 1) return EMPTY_WORK;
  const { objects, active, next } = record(work);
  const read = array(objects).flatMap((object) => readObject(object) ?? []);
  const numbers = read.map(({ id }) => Number(id.split("-")[1]) || 0);
  return {
    objects: read,
    active: read.some(({ id }) => id === active) ? (active as string) : null,
    next: Math.max(0, ...numbers, isCount(next) ? next - 1 : 0) + 1,
    proposals: null,
  };
}

function readObject(stored: unknown): PanelObject | null {
  const { id, name, colour, visible, steps, stage, seconds } = record(stored);
  if (typeof id !== "string" || typeof name !== "string" || !/^#[0-9a-f]{6}$/.test(String(colour))) return null;
  const read = array(steps).map(readStep);
  if (read.length === 0 || read.includes(null)) return null;
  return {
    id,
    name,
    colour: colour as string,
    visible: visible !== false,
    steps: read as Step[],
    stage: stage === "semi-automatic" || stage === "automatic" ? stage : "assisted-manual",
    seconds: typeof seconds === "number" && seconds >= 0 ? seconds : 0,
  };
}

function readStep(stored: unknown): Step | null {
  const { act, choice } = record(stored);
  const read = readAct(record(act));
  return read && { act: read, choice: isCount(choice) ? choice : null };
}

function readAct(act: Record<string, unknown>): PromptAct | null {
  const foreground = act.foreground !== false;
  switch (act.kind) {
    case "point":
      return isPoint(act.at) ? { kind: "point", at: act.at, foreground } : null;
    case "box":
      return isBounds(act.box) ? { kind: "box", box: act.box } : null;
    case "stroke": {
      const box = isBounds(act.box) ? act.box : null;
      const points = array(act.points).filter(isPoint);
      const how = act.how === "brush" ? "brush" : "lasso";
      return points.length > 0 || box ? { kind: "stroke", how, foreground, points, box } : null;
    }
    case "mask": {
      const mask = readMask(act.mask);
      return mask && isBounds(act.box) ? { kind: "mask", mask, box: act.box } : null;
    }
    case "given": {
      const mask = readMask(act.mask);
      const predictedIou = typeof act.predictedIou === "number" ? act.predictedIou : 0;
      return mask && { kind: "given", mask, points: array(act.points).filter(isPoint), predictedIou };
    }
    default:
      return null;
  }
}

function readMask(stored: unknown): ReturnType<typeof rleFromCoco> | null {
  try {
    return rleFromCoco(stored as Parameters<typeof rleFromCoco>[0]);
  } catch {
    return null;
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function isPoint(value: unknown): value is { x: number; y: number } {
  const { x, y } = record(value);
  return Number.isFinite(x) && Number.isFinite(y);
}

function isBounds(value: unknown): value is { x0: number; y0: number; x1: number; y1: number } {
  const { x0, y0, x1, y1 } = record(value);
  return [x0, y0, x1, y1].every(Number.isFinite) && (x1 as number) > (x0 as number) && (y1 as number) > (y0 as number);
}
