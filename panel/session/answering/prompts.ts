import { box, type LowResLogits, type Prompt, point, type Rle } from "@masksmith/core";
import type { Bounds, PanelObject, PromptAct, Step, XY } from "../../state/index.js";

/** A finished mask taken over, with nothing asked after it. */
export function givenMask(object: PanelObject): Extract<PromptAct, { kind: "given" }> | null {
  const [only, more] = object.steps;
  return only && !more && only.act.kind === "given" ? only.act : null;
}

/** Stands for everything that decides the answer to these steps: their acts, and the choices before the last. */
export function stepsKey(steps: readonly Step[]): string {
  const last = steps.length - 1;
  return JSON.stringify(steps.map(({ act, choice }, i) => [actKey(act), i < last ? choice : 0]));
}

/** Masks are named by their runs' digest: writing them out at each hover would cost more than the answer. */
const maskNames = new WeakMap<Rle, string>();

function actKey(act: PromptAct): unknown {
  if (!("mask" in act)) return act;
  let name = maskNames.get(act.mask);
  if (name === undefined) {
    let hash = 0x811c9dc5;
    for (const count of act.mask.counts) hash = Math.imul(hash ^ count, 0x01000193) >>> 0;
    name = `${act.mask.size.join("x")}:${act.mask.counts.length}:${hash.toString(16)}`;
    maskNames.set(act.mask, name);
  }
  return { ...act, mask: name };
}

/**
 * The prompt that these steps make: all points so far, the last box, and the answer before as mask prompt, so that a click
 * corrects what is shown instead of starting over (Segment Anything, section 3, interactive training). A box says the
 * extent again, so of what came before only points count beside it.
 */
export function promptOf(steps: readonly Step[], before: LowResLogits | undefined): Prompt {
  const acts = steps.map(({ act }) => act);
  const foreground = acts.flatMap((act) => pointsOf(act, true)).map(asPoint);
  const background = acts.flatMap((act) => pointsOf(act, false)).map(asPoint);
  const last = acts.at(-1)!;
  const bounds = acts.reduce<Bounds | null>((found, act) => boxOf(act) ?? found, null);
  const given = acts.findLast((act) => act.kind === "mask" || act.kind === "given");
  const mask =
    boxOf(last) && last.kind !== "mask" ? undefined : (before ?? (given && "mask" in given ? given.mask : undefined));
  return {
    ...(foreground.length > 0 ? { foreground } : {}),
    ...(background.length > 0 ? { background } : {}),
    ...(bounds ? { box: box("document", bounds.x0, bounds.y0, bounds.x1, bounds.y1) } : {}),
    ...(mask ? { mask } : {}),
  };
}

/**
 * The prompt as a second look asks it. A box bounds what the model answered to it; where the user took another answer, that
 * one's own bounds count.
 */
export function lookPromptOf(steps: readonly Step[]): Prompt {
  const prompt = promptOf(steps, undefined);
  if (!steps.some(({ act, choice }) => boxOf(act) && (choice ?? 0) > 0)) return prompt;
  const { box: _, ...rest } = prompt;
  return rest;
}

function pointsOf(act: PromptAct, foreground: boolean): readonly XY[] {
  switch (act.kind) {
    case "point":
      return act.foreground === foreground ? [act.at] : [];
    case "stroke":
      return act.foreground === foreground ? act.points : [];
    case "given":
      return foreground ? act.points : [];
    default:
      return [];
  }
}

function boxOf(act: PromptAct): Bounds | null {
  return act.kind === "box" || act.kind === "stroke" || act.kind === "mask" ? act.box : null;
}

function asPoint({ x, y }: XY) {
  return point("document", x, y);
}
