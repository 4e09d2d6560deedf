import type { EngineInfo } from "@masksmith/core";
import type { Host } from "../../host.js";

/** An encode that is under way and whose length is known from an earlier one. */
export interface Encoding {
  /** By `performance.now()`. */
  readonly startedMs: number;
  readonly expectedMs: number;
}

/** At the expected end the bar is this far; what takes longer creeps on towards `MOST`. */
const EXPECTED = 0.9;
const MOST = 0.98;

/** How far an encode is, by the clock: rises all the time and ends below 1 however long it takes. */
export function encodedFraction({ startedMs, expectedMs }: Encoding, nowMs: number): number {
  const passed = Math.max(nowMs - startedMs, 0) / expectedMs;
  if (passed <= 1) return EXPECTED * passed;
  return MOST - (MOST - EXPECTED) * Math.exp(1 - passed);
}

type Machine = Pick<EngineInfo, "backend" | "threads" | "encoder"> & { readonly model: { readonly mark: string } };

/** How long the last encode took, kept by the host for each model and what it runs on. */
export class EncodeTimes {
  readonly #host: Pick<Host, "readSetting" | "writeSetting">;

  constructor(host: Pick<Host, "readSetting" | "writeSetting">) {
    this.#host = host;
  }

  /** Milliseconds; null if there was none yet. */
  async expected(on: Machine): Promise<number | null> {
    const stored = await this.#host.readSetting(settingKey(on));
    return typeof stored === "number" && Number.isFinite(stored) && stored > 0 ? stored : null;
  }

  async note(on: Machine, ms: number): Promise<void> {
    await this.#host.writeSetting(settingKey(on), Math.max(Math.round(ms), 1));
  }
}

function settingKey({ model, encoder, backend, threads }: Machine): string {
  return `encode-ms ${model.mark} ${encoder} ${backend} ${threads}`;
}
