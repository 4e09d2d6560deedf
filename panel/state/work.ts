import type { Rle } from "@masksmith/core";
import type { Proposals } from "./proposals.js";

/** Coordinates in document pixels, plain numbers: this is what is stored. */
export interface XY {
  readonly x: number;
  readonly y: number;
}

export interface Bounds {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** One thing the user pointed out. A stroke has been turned into a few prompts already (`tools/strokes.ts`). */
export type PromptAct =
  | { readonly kind: "point"; readonly at: XY; readonly foreground: boolean }
  | { readonly kind: "box"; readonly box: Bounds }
  | {
      readonly kind: "stroke";
      readonly how: "lasso" | "brush";
      readonly foreground: boolean;
      readonly points: readonly XY[];
      readonly box: Bounds | null;
    }
  /** A selection or another mask as prompt: the model answers to it. */
  | { readonly kind: "mask"; readonly mask: Rle; readonly box: Bounds }
  /** A finished mask taken over as it is (automatic generation, a merge): shown without asking the model. */
  | { readonly kind: "given"; readonly mask: Rle; readonly points: readonly XY[]; readonly predictedIou: number };

/** An act with the candidate the user chose after it; null is the recommended one. */
export interface Step {
  readonly act: PromptAct;
  /** Index among the candidates. */
  readonly choice: number | null;
}

/** Which part of the data engine made a mask (Segment Anything, section 4). */
export type Stage = "assisted-manual" | "semi-automatic" | "automatic";

/** One object with its own prompts, kept apart from the others. */
export interface PanelObject {
  readonly id: string;
  readonly name: string;
  /** #rrggbb of its overlay. */
  readonly colour: string;
  readonly visible: boolean;
  readonly steps: readonly Step[];
  readonly stage: Stage;
  /** Time the user spent on it, for labelling. */
  readonly seconds: number;
}

/** Everything the user made on one document; what undo restores and a reload brings back. */
export interface Work {
  readonly objects: readonly PanelObject[];
  readonly active: string | null;
  /** Number of the next object: never reused, so names and ids stay apart. */
  readonly next: number;
  readonly proposals: Proposals | null;
}

export const EMPTY_WORK: Work = { objects: [], active: null, next: 1, proposals: null };

/** Apart in hue and lightness, strong on any picture; the outline's second tone sees to those of like colour. */
const COLOURS = [
  "#ff3b6b",
  "#16a5ff",
  "#ffb400",
  "#22c55e",
  "#b06bff",
  "#ff7a1a",
  "#00c9c8",
  "#e23bd0",
  "#9acd1f",
  "#5b7cff",
];

export function objectColour(index: number): string {
  return COLOURS[index % COLOURS.length];
}

export function activeObject(work: Work): PanelObject | null {
  return work.objects.find(({ id }) => id === work.active) ?? null;
}

/** A new object, active; `steps` are its first prompts. */
export function addObject(work: Work, steps: readonly Step[], extra: Partial<Omit<PanelObject, "id">> = {}): Work {
  const number = work.next;
  const object: PanelObject = {
    id: `object-${number}`,
    name: `Object ${number}`,
    colour: objectColour(number - 1),
    visible: true,
    stage: "assisted-manual",
    seconds: 0,
    ...extra,
    steps,
  };
  return { ...work, objects: [...work.objects, object], active: object.id, next: number + 1 };
}

/** The act on the active object, or on a new one if none is active. */
export function addAct(work: Work, act: PromptAct): Work {
  const step: Step = { act, choice: null };
  const object = activeObject(work);
  if (!object) return addObject(work, [step]);
  return changeObject(work, object.id, { steps: [...object.steps, step] });
}

export function changeObject(work: Work, id: string, change: Partial<Omit<PanelObject, "id">>): Work {
  if (!work.objects.some((object) => object.id === id)) return work;
  return { ...work, objects: work.objects.map((object) => (object.id === id ? { ...object, ...change } : object)) };
}

/** The user's choice among the candidates of the object's last step. */
export function chooseCandidate(work: Work, id: string, choice: number): Work {
  const object = work.objects.find((other) => other.id === id);
  const last = object?.steps.at(-1);
  if (!object || !last || last.choice === choice) return work;
  return changeObject(work, id, { steps: [...object.steps.slice(0, -1), { ...last, choice }] });
}

/** Without the object; the one after it, else the one before, becomes active. */
export function removeObject(work: Work, id: string): Work {
  const at = work.objects.findIndex((object) => object.id === id);
  if (at < 0) return work;
  const objects = work.objects.filter((object) => object.id !== id);
  const active = work.active === id ? ((objects[at] ?? objects[at - 1])?.id ?? null) : work.active;
  return { ...work, objects, active };
}

export function removeStep(work: Work, id: string, index: number): Work {
  const object = work.objects.find((other) => other.id === id);
  if (!object || index < 0 || index >= object.steps.length) return work;
  if (object.steps.length === 1) return removeObject(work, id);
  return changeObject(work, id, { steps: object.steps.filter((_, i) => i !== index) });
}

export function setActive(work: Work, active: string | null): Work {
  const known = active === null || work.objects.some(({ id }) => id === active);
  return work.active === active || !known ? work : { ...work, active };
}

/** With other decisions on the masks found; the work itself where nothing changes. */
export function withProposals(work: Work, change: (proposals: Proposals) => Proposals): Work {
  const proposals = work.proposals && change(work.proposals);
  return proposals === work.proposals ? work : { ...work, proposals };
}

/** An earlier work with what has been begun without it; what was begun gets new numbers. */
export function joined(earlier: Work, begun: Work): Work {
  if (begun === EMPTY_WORK) return earlier;
  const shift = earlier.next - 1;
  const idOf = (id: string) => `object-${(Number(id.split("-")[1]) || 0) + shift}`;
  const objects = begun.objects.map((object) => {
    const name = object.name.replace(/^Object (\d+)$/, (_, number) => `Object ${Number(number) + shift}`);
    return { ...object, id: idOf(object.id), name };
  });
  return {
    objects: [...earlier.objects, ...objects],
    active: begun.active === null ? null : idOf(begun.active),
    next: begun.next + shift,
    proposals: begun.proposals ?? earlier.proposals,
  };
}
