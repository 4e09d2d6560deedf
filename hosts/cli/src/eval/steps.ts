import {
  type Candidate,
  cellSize,
  type Embedding,
  type Placement,
  type Prediction,
  type Prompt,
  type Raster,
  type RegionReader,
  type Rle,
  readerOf,
  recommend,
  refineEdges,
  rleIou,
  softToRle,
  zoom,
} from "@masksmith/core";
import type { AnyEngine } from "../runtime.js";
import type { LabelledObject } from "./objects.js";

/** A picture that is embedded, with what the steps need. */
export interface Subject {
  readonly engine: AnyEngine;
  readonly raster: Raster;
  readonly embedding: Embedding;
  readonly read: RegionReader;
}

/** Every row's mask of one object. */
export type StepMasks = Readonly<Record<string, Rle>>;

/** The rows whose objects a step must not lose, by the row that it is compared with. */
export const PLAIN_OF: Readonly<Record<string, string>> = {
  "click-recommended": "click-official",
  "click-refined": "click-official",
  "box-recommended": "box",
  "box-zoom": "box",
  "box-edges": "box",
  "box-refined": "box",
};

export async function subjectOf(engine: AnyEngine, raster: Raster): Promise<Subject> {
  return { engine, raster, embedding: await engine.embed(raster), read: readerOf(raster) };
}

/** The object's mask after each step: from one click, and from its box. */
export async function runSteps(subject: Subject, object: LabelledObject): Promise<StepMasks> {
  return { ...(await fromClick(subject, object)), ...(await fromBox(subject, object)) };
}

async function fromClick(subject: Subject, { click, mask: truth }: LabelledObject): Promise<StepMasks> {
  const { engine, embedding } = subject;
  const prompt: Prompt = { foreground: [click] };
  const [official] = (await engine.predict(embedding, [prompt])) as [Prediction];
  const recommended = best(await recommend(engine, embedding, prompt, official));
  const closest = official.candidates.reduce((a, b) => (rleIou(b.mask, truth) > rleIou(a.mask, truth) ? b : a));
  return {
    "click-official": best(official).mask,
    "click-recommended": recommended.mask,
    "click-best": closest.mask,
    "click-refined": (await refined(subject, prompt, recommended)).edges,
  };
}

async function fromBox(subject: Subject, { box }: LabelledObject): Promise<StepMasks> {
  const { engine, embedding } = subject;
  const [plain] = (await engine.predict(embedding, [{ box }])) as [Prediction];
  const first = best(plain);
  const { zoomed, edges } = await refined(subject, { box }, first);
  return {
    box: first.mask,
    "box-recommended": best(await recommend(engine, embedding, { box }, plain)).mask,
    "box-zoom": zoomed,
    "box-edges": withEdges(subject, first.mask, embedding.placement),
    "box-refined": edges,
  };
}

/** What a user who touches nothing gets: a second look, then natural edges. */
async function refined(
  subject: Subject,
  prompt: Prompt,
  first: Candidate,
): Promise<{ readonly zoomed: Rle; readonly edges: Rle }> {
  const { engine, read, embedding } = subject;
  const zoomed = await zoom(engine, read, embedding, prompt, first);
  const mask = zoomed?.candidate.mask ?? first.mask;
  return { zoomed: mask, edges: withEdges(subject, mask, (zoomed?.embedding ?? embedding).placement) };
}

function withEdges({ raster }: Subject, mask: Rle, placement: Placement): Rle {
  return softToRle(refineEdges(raster, mask, { mode: "natural", cell: cellSize(placement) }), raster);
}

function best({ candidates, recommended }: Prediction): Candidate {
  return candidates[recommended];
}
