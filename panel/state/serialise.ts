import { rleToCoco } from "@masksmith/core";
import type { Merge, Proposals } from "./proposals.js";
import { array, fields, isBounds, isCount, isPoint, isText, readMask } from "./untrusted.js";
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
  const { version, work } = fields(stored);
  if (version !== 1) return EMPTY_WORK;
  const { objects, active, next } = fields(work);
  const read = array(objects).flatMap((object) => readObject(object) ?? []);
  const numbers = read.map(({ id }) => Number(id.split("-")[1]) || 0);
  return {
    objects: read,
    active: read.some(({ id }) => id === active) ? (active as string) : null,
    next: Math.max(0, ...numbers, isCount(next) ? next - 1 : 0) + 1,
    proposals: readProposals(work),
  };
}

/** Decisions on a run of automatic generation; without its masks, which are kept apart, they are not shown. */
function readProposals(work: unknown): Proposals | null {
  const { run, thresholds, shown, decided, names, merges } = fields(fields(work).proposals);
  const { predictedIou, stability, area } = fields(thresholds);
  if (typeof run !== "string" || ![predictedIou, stability, area].every(Number.isFinite)) return null;
  const verdicts = Object.entries(fields(decided)).filter(([, verdict]) => verdict === "keep" || verdict === "drop");
  const named = Object.entries(fields(names)).filter(([, name]) => typeof name === "string");
  const joined = array(merges).filter((merge): merge is Merge => {
    const { id, members } = fields(merge);
    return /^m\d+$/.test(String(id)) && array(members).length > 1 && array(members).every(isText);
  });
  return {
    run,
    thresholds: thresholds as Proposals["thresholds"],
    shown: isCount(shown) ? shown : null,
    decided: Object.fromEntries(verdicts) as Proposals["decided"],
    names: Object.fromEntries(named) as Proposals["names"],
    merges: joined,
  };
}

function readObject(stored: unknown): PanelObject | null {
  const { id, name, colour, visible, steps, stage, seconds } = fields(stored);
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
  const { act, choice } = fields(stored);
  const read = readAct(fields(act));
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
