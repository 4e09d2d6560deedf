import type { Browser, Page } from "playwright-core";

/** One task of a page's main thread. */
export interface LongTask {
  /** Milliseconds of the processor: what the task takes on a machine that does nothing else. */
  readonly busy: number;
  /** Milliseconds of the clock. */
  readonly wall: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Traces what goes on and gives the main thread's tasks that are longer than `least`, by either clock. */
export async function longTasks(
  browser: Browser,
  page: Page,
  least: number,
  work: () => Promise<void>,
): Promise<LongTask[]> {
  await browser.startTracing(page, { categories: ["toplevel"] });
  let events: TraceEvent[];
  try {
    await work();
  } finally {
    const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    events = trace.traceEvents;
  }
  const main = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const tasks = events.filter(
    ({ name, ph, pid, tid }) => ph === "X" && /RunTask/.test(name) && main.has(`${pid}/${tid}`),
  );
  if (tasks.length === 0) throw new Error("The trace has no tasks of the main thread");
  return tasks
    .map(({ dur = 0, tdur = 0 }) => ({ busy: Math.round(tdur / 1000), wall: Math.round(dur / 1000) }))
    .filter(({ busy, wall }) => Math.max(busy, wall) > least);
}
