import { encodeRle, type ObjectMask, structureOf } from "@masksmith/core";
import type { Host, HostDocument } from "../../../../panel/host.js";
import { WorkKeeper } from "../../../../panel/session/document/workKeeper.js";
import { type Generate, Proposer } from "../../../../panel/session/proposals/index.js";
import { Reporter } from "../../../../panel/session/reporter.js";
import { DEFAULT_SETTINGS } from "../../../../panel/session/settings.js";
import { Store } from "../../../../panel/state/index.js";
import { DOCUMENT, embedding as embeddingOf, HEIGHT, openDocument, WIDTH } from "../../support.js";

/** A rectangle as one row of automatic generation; with a score as one of a ranked list. */
export function found(
  id: number,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  { predictedIou = 0.95, score }: { readonly predictedIou?: number; readonly score?: number } = {},
): ObjectMask {
  const bytes = new Uint8Array(WIDTH * HEIGHT);
  for (let y = y0; y < y1; y++) bytes.fill(1, y * WIDTH + x0, y * WIDTH + x1);
  const mask = encodeRle(bytes, WIDTH, HEIGHT);
  const bbox = [x0, y0, x1 - x0, y1 - y0] as const;
  const point = { x: x0, y: y0 };
  return {
    id,
    mask,
    area: bbox[2] * bbox[3],
    bbox,
    predictedIou,
    stabilityScore: 0.97,
    point,
    cropBox: [0, 0, WIDTH, HEIGHT],
    ...(score === undefined ? {} : { score }),
  };
}

export const embedding = embeddingOf("e");
/** Keeps nothing. */
export const host = { writeSetting: async () => undefined, readSetting: async () => undefined } as unknown as Host;

export function openWork(on: Host = host): WorkKeeper {
  const work = new WorkKeeper(on);
  work.open(DOCUMENT);
  return work;
}

export function proposerOn(
  work: WorkKeeper,
  generate: Generate,
  { storage = null, open = () => DOCUMENT, reporter = new Reporter() }: ProposerPlace = {},
): Proposer {
  return new Proposer({
    work,
    document: openDocument(open, () => embedding),
    settings: new Store(DEFAULT_SETTINGS),
    reporter,
    generate,
    structure: async (masks, on) => structureOf(masks, on),
    storage,
  });
}

interface ProposerPlace {
  readonly storage?: Host | null;
  readonly open?: () => HostDocument;
  readonly reporter?: Reporter;
}

export const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
export const names = (proposer: Proposer) => proposer.rows().map(({ name, depth }) => `${"-".repeat(depth)}${name}`);
