import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";

/** Megabytes of a page's own process. */
export interface PageMemory {
  /** Most that was seen of its own share (PSS: shared pages count by their sharers). */
  readonly peak: number;
  readonly now: number;
}

/** Watches the largest renderer process of a browser. Linux only: other systems do not tell a process's own share. */
export class MemoryWatch {
  readonly #browser: Browser;
  readonly #timer: ReturnType<typeof setInterval>;
  #peak = 0;
  #now = 0;

  constructor(browser: Browser, everyMs = 60) {
    this.#browser = browser;
    let reading = false;
    this.#timer = setInterval(() => {
      if (reading) return;
      reading = true;
      void this.#read().finally(() => {
        reading = false;
      });
    }, everyMs);
  }

  get memory(): PageMemory {
    return { peak: Math.round(this.#peak), now: Math.round(this.#now) };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #pids: number[] = [];
  #asked = 0;

  async #read(): Promise<void> {
    if (Date.now() - this.#asked > 1_000) {
      const session = await this.#browser.newBrowserCDPSession();
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      await session.detach();
      this.#pids = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
      this.#asked = Date.now();
    }
    const shares = await Promise.all(this.#pids.map(shareOf));
    this.#now = Math.max(0, ...shares);
    this.#peak = Math.max(this.#peak, this.#now);
  }
}

/** PSS in megabytes; 0 if the process is gone. */
async function shareOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
}
