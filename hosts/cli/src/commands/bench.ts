import { cpus, totalmem } from "node:os";
import { invalid } from "@masksmith/core";
import { benchAuto, benchAutoMemory, benchAutoScaling, benchObjects, peakOfAuto } from "../bench/auto.js";
import { benchLoad, benchMemory, peakOf } from "../bench/process.js";
import { benchBetter, benchEdges } from "../bench/refine.js";
import type { BenchRow } from "../bench/row.js";
import { benchDecode, benchEncode, benchMask } from "../bench/single.js";
import { type ChosenModel, chooseModel } from "../models/index.js";
import type { BackendChoice } from "../runtime.js";
import { notice, print } from "../terminal.js";

export interface BenchOptions {
  readonly json?: true;
  readonly model?: string;
  readonly backend?: BackendChoice;
  /** Internal: the memory benchmark's child process. */
  readonly peakOf?: string;
}

type Bench = (model: ChosenModel) => Promise<BenchRow[]>;

/** What can be measured. A name may give more rows than its own; names with the same work are measured once. */
const BENCHES: Readonly<Record<string, Bench>> = {
  decode: benchDecode,
  "encode-fast": (model) => benchEncode(model, "fast"),
  "encode-precise": (model) => benchEncode(model, "precise"),
  "mask-24mp": benchMask,
  load: benchLoad,
  "memory-24mp": benchMemory,
  choice: benchBetter,
  "second-look": benchBetter,
  "edges-24mp": () => benchEdges(),
  auto: benchAuto,
  "auto-exact": benchAuto,
  "auto-fast": benchAuto,
  objects: benchObjects,
  "auto-scaling": benchAutoScaling,
  "auto-memory-24mp": benchAutoMemory,
};

/** `masksmith bench`: ratios to the peer, measured in this run, on WASM with one thread. */
export async function bench(names: readonly string[], options: BenchOptions): Promise<void> {
  if (options.peakOf === "auto") return print(`${await peakOfAuto()}\n`);
  if (options.peakOf === "ours" || options.peakOf === "peer") return print(`${await peakOf(options.peakOf)}\n`);
  const known = Object.keys(BENCHES);
  for (const name of names) if (!known.includes(name)) throw invalid("bench", `one of ${known.join(", ")}`, name);
  const model = await chooseModel(options);
  const results: BenchRow[] = [];
  const done = new Set<Bench>();
  for (const name of names.length > 0 ? names : known) {
    const work = BENCHES[name];
    if (done.has(work)) continue;
    done.add(work);
    notice(`measuring ${name} ...`);
    results.push(...(await work(model)));
  }
  await print(options.json ? `${JSON.stringify({ machine: machine(), results }, null, 2)}\n` : table(results));
}

function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

function table(rows: readonly BenchRow[]): string {
  const number = (value: number | null, digits: number) => (value === null ? "-" : value.toFixed(digits));
  const lines = rows.map(({ name, ours_ms, peer, peer_ms, ratio, note }) => {
    const against = peer ? ` against ${peer}` : "";
    return `| ${name} | ${number(ours_ms, 1)} | ${number(peer_ms, 1)} | ${number(ratio, 2)} | ${note}${against} |`;
  });
  return ["| what | ours, ms | peer, ms | ratio | |", "| --- | --- | --- | --- | --- |", ...lines, ""].join("\n");
}
