import {
  type Candidate,
  DEFAULT_REFINEMENT,
  type Embedding,
  invalid,
  type Prompt,
  type Raster,
  type Rle,
  rleIou,
} from "@masksmith/core";
import { refineWith } from "../refinement.js";
import type { AnyEngine } from "../runtime.js";
import type { Labelled } from "./labelled.js";

/** A picture that is embedded, with what the steps need. */
export interface Subject {
  readonly engine: AnyEngine;
  readonly raster: Raster;
  readonly embedding: Embedding;
}

/** Every asked row's mask of one click or box. */
export type StepMasks = Partial<Record<StepName, Rle>>;

/** The rows. A click's come for every click, a box's once a region. */
const CLICK_STEPS = ["click-official", "click-first", "click-settled", "click-refined", "click-best"] as const;
const BOX_STEPS = ["box", "box-settled", "box-refined"] as const;
export const STEPS = [...CLICK_STEPS, ...BOX_STEPS] as const;
export type StepName = (typeof STEPS)[number];

/** The row that a row's gain and harm are counted against. */
export function plainOf(step: StepName): StepName {
  return step.startsWith("box") ? "box" : "click-official";
}

/** The rows to run: those asked for, with the plain ones they are compared with. @throws MasksmithError `input`. */
export function stepsToRun(asked: readonly string[]): StepName[] {
  const unknown = asked.find((name) => !(STEPS as readonly string[]).includes(name));
  if (unknown !== undefined) throw invalid("--steps", `objects, matting or some of ${STEPS.join(", ")}`, unknown);
  const wanted = asked as readonly StepName[];
  return STEPS.filter((name) => wanted.some((step) => step === name || plainOf(step) === name));
}

export async function subjectOf(engine: AnyEngine, raster: Raster): Promise<Subject> {
  return { engine, raster, embedding: await engine.embed(raster) };
}

/** What a click gives after each step. */
export async function fromClick(subject: Subject, labelled: Labelled, steps: readonly StepName[]): Promise<StepMasks> {
  const { engine, embedding } = subject;
  const prompt: Prompt = { foreground: [labelled.click] };
  const masks: StepMasks = {};
  const wants = (step: StepName) => steps.includes(step);
  if (wants("click-official")) masks["click-official"] = (await official(subject, prompt)).mask;
  const [answer] = await engine.predict(embedding, [prompt], { soft: true });
  const { candidates, recommended } = answer!;
  const first = candidates[recommended];
  // Nothing that goes on in the background chooses another answer: what is painted first stands.
  if (wants("click-first")) masks["click-first"] = first.mask;
  if (wants("click-settled")) masks["click-settled"] = first.mask;
  if (wants("click-refined")) masks["click-refined"] = await refined(subject, prompt, first);
  if (wants("click-best")) masks["click-best"] = closest(candidates, labelled.regions).mask;
  return masks;
}

/** What a box gives after each step. */
export async function fromBox(subject: Subject, { box }: Labelled, steps: readonly StepName[]): Promise<StepMasks> {
  const { engine, embedding } = subject;
  const prompt: Prompt = { box };
  const masks: StepMasks = {};
  if (steps.includes("box")) masks.box = (await official(subject, prompt)).mask;
  const [answer] = await engine.predict(embedding, [prompt], { soft: true });
  const first = answer!.candidates[answer!.recommended];
  if (steps.includes("box-settled")) masks["box-settled"] = first.mask;
  if (steps.includes("box-refined")) masks["box-refined"] = await refined(subject, prompt, first);
  return masks;
}

async function official({ engine, embedding }: Subject, prompt: Prompt): Promise<Candidate> {
  const [answer] = await engine.predict(embedding, [prompt], { raw: true });
  return answer!.candidates[0];
}

/** What a user who touches nothing gets in the end. */
async function refined({ engine, raster, embedding }: Subject, prompt: Prompt, first: Candidate): Promise<Rle> {
  return (await refineWith(engine, raster, embedding, prompt, first, DEFAULT_REFINEMENT)).mask;
}

function closest(candidates: readonly Candidate[], regions: readonly Rle[]): Candidate {
  const score = ({ mask }: Candidate) => Math.max(...regions.map((region) => rleIou(mask, region)));
  return candidates.reduce((a, b) => (score(b) > score(a) ? b : a));
}
