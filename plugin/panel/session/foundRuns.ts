import type { ObjectMask } from "@masksmith/core";
import type { Host } from "../host.js";
import { fields } from "../state/index.js";
import { Remembered } from "./remembered.js";
import { foundFromJson, foundToJson } from "./storedMasks.js";

/** What automatic generation has found so far. */
export interface ProposerResult {
  readonly phase: "idle" | "running" | "done" | "failed";
  readonly run: string;
  readonly masks: readonly ObjectMask[];
  readonly fraction: number;
  readonly error: string | null;
  readonly seconds: number;
}

export const IDLE: ProposerResult = { phase: "idle", run: "", masks: [], fraction: 0, error: null, seconds: 0 };

const KEY = "found";
/** Runs kept in memory: for undo, and for coming back to another open document. */
const RUNS = 3;

/** Results by their run; the last one shown also by the host, over a reload. The decisions on them are part of the work. */
export class FoundRuns {
  readonly #runs = new Remembered<ProposerResult>(RUNS);
  readonly #storage: Pick<Host, "readSetting" | "writeSetting"> | null;
  #stored: unknown;

  constructor(storage: Pick<Host, "readSetting" | "writeSetting"> | null) {
    this.#storage = storage;
  }

  async load(): Promise<void> {
    this.#stored = await this.#storage?.readSetting(KEY);
  }

  get(run: string): ProposerResult | undefined {
    return this.#runs.get(run) ?? this.#fromStorage(run);
  }

  keep(result: ProposerResult): void {
    const { run, seconds, masks } = result;
    this.#runs.set(run, result);
    this.#stored = { run, seconds, masks: foundToJson(masks) };
    void this.#storage?.writeSetting(KEY, this.#stored);
  }

  #fromStorage(wanted: string): ProposerResult | undefined {
    const { run, seconds, masks } = fields(this.#stored);
    const found = run === wanted ? foundFromJson(masks) : [];
    if (found.length === 0) return undefined;
    const result = { ...IDLE, phase: "done", run: wanted, masks: found, fraction: 1 } as const;
    return { ...result, seconds: Number(seconds) || 0 };
  }
}
