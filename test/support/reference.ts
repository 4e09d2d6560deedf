import { box, type CocoRle, type Prompt, point } from "@masksmith/core";
import { readExpected } from "./pictures.js";

export const PICTURES = ["coffee.png", "chelsea.png", "astronaut.png", "rocket.jpg"] as const;

export interface ReferenceMask {
  readonly predicted_iou: number;
  readonly stability_score: number;
  readonly area: number;
  readonly segmentation: CocoRle;
  readonly low_res_probes: readonly { readonly at: readonly [number, number]; readonly value: number }[];
}

export interface ReferenceCase {
  readonly prompt: {
    readonly points?: readonly (readonly [number, number])[];
    readonly labels?: readonly number[];
    readonly box?: readonly [number, number, number, number];
    readonly multimask: boolean;
    readonly mask_input?: "best of previous";
  };
  readonly masks: readonly ReferenceMask[];
}

/** The official predictor's outputs for one picture. */
export interface Reference {
  readonly image: string;
  readonly width: number;
  readonly height: number;
  readonly preprocess: { readonly resized: readonly [number, number]; readonly resized_rgb_sha256: string };
  readonly embedding: { readonly probes: readonly { readonly at: readonly number[]; readonly value: number }[] };
  readonly predict: readonly ReferenceCase[];
}

export function readReference(picture: string): Reference {
  return readExpected<Reference>(`${picture.replace(/\.\w+$/, "")}.predict.json`);
}

/** A reference case as a prompt of ours (without its mask input). */
export function toPrompt({ prompt }: ReferenceCase): Prompt {
  const labelled = (label: number) =>
    (prompt.points ?? []).filter((_, i) => prompt.labels![i] === label).map(([x, y]) => point("document", x, y));
  return {
    foreground: labelled(1),
    background: labelled(0),
    multimask: prompt.multimask,
    ...(prompt.box ? { box: box("document", ...prompt.box) } : {}),
  };
}
