import type { ObjectMask } from "@masksmith/core";
import type { Host } from "../../host.js";
import { fields, LruCache } from "../../state/index.js";

import { foundFromJson, foundToJson } from "./storedRuns.js";

/** What automatic generation has found so far. */
export interface ProposerResult {
  readonly phase: "idle" | "running" | "done" | "canceled" | "failed";
  readonly run: string;
  readonly masks: readonly ObjectMask[];
  readonly fraction: number;
  readonly error: string | null;
  readonly seconds: number;
}

export const IDLE: ProposerResult = { phase: "idle", run: "", masks: [], fraction: 0, error: null, seconds: 0 };

const KEY = "found";
const PREFIX = "found/";
/** Runs kept in memory: for undo, and for coming back to another open document. */
const RUNS = 3;
/** Runs kept in the host's store: more than the documents whose prompts are kept. */
const STORED = 8;

/**
 * Results by their run, kept by the host over a reload: as many as prompts are kept of, where it has a store, else the last
 * one shown. The decisions on them are part of the work.
 */
export class FoundRuns {
  readonly #runs = new LruCache<ProposerResult>(RUNS);
  readonly #host: Pick<Host, "readSetting" | "writeSetting" | "store"> | null;
  /** As JSON, the oldest first. */
  #stored = new Map<string, unknown>();

  constructor(host: Pick<Host, "readSetting" | "writeSetting" | "store"> | null) {
    this.#host = host;
  }

  async load(): Promise<void> {
    const { store } = this.#host ?? {};
    const values = [await this.#host?.readSetting(KEY)];
    if (store) values.push(...(await store.entries(PREFIX)).map(([, value]) => value));
    const at = (value: unknown) => Number(fields(value).at) || 0;
    values.sort((a, b) => at(a) - at(b));
    this.#stored = new Map(values.map((value) => [String(fields(value).run), value]));
  }

  get(run: string): ProposerResult | undefined {
    return this.#runs.get(run) ?? this.#fromStorage(run);
  }

  keep(result: ProposerResult): void {
    const { run, phase, seconds, masks } = result;
    this.#runs.set(run, result);
    if (this.#host?.store && this.#stored.has(run)) return;
    const value = { run, phase, seconds, masks: foundToJson(masks), at: Date.now() };
    if (!this.#host?.store) this.#stored.clear();
    this.#stored.set(run, value);
    if (this.#host?.store) void this.#store(this.#host.store, run, value);
    else void this.#host?.writeSetting(KEY, value);
  }

  /** What is not stored can be found again, and records have their own copy: a refusal is no loss to tell of. */
  async #store(store: NonNullable<Host["store"]>, run: string, value: unknown): Promise<void> {
    try {
      for (const oldest of [...this.#stored.keys()].slice(0, -STORED)) {
        this.#stored.delete(oldest);
        await store.delete(PREFIX + oldest);
      }
      await store.put(PREFIX + run, value);
    } catch {
      // Kept in memory.
    }
  }

  #fromStorage(wanted: string): ProposerResult | undefined {
    const { run, phase, seconds, masks } = fields(this.#stored.get(wanted));
    const found = run === wanted ? foundFromJson(masks) : [];
    if (found.length === 0) return undefined;
    const result = { ...IDLE, run: wanted, masks: found, fraction: 1 };
    return { ...result, phase: phase === "canceled" ? phase : "done", seconds: Number(seconds) || 0 };
  }
}
