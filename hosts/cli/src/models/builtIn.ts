import { type ModelSource, parseManifest } from "@masksmith/core";
import { model as embedded } from "@masksmith/model-minisam-vit-t";

/** The models that come with the program, the default first. Their names are taken. */
export const BUILT_IN: readonly ModelSource[] = [embedded];
export const BUILT_IN_IDS = BUILT_IN.map(({ manifest }) => parseManifest(manifest).id);
