/** How long one task may work on what can wait, milliseconds. */
const BUDGET_MS = 8;

/** The next frame has been drawn. A page in the background draws none: then a moment later. */
export function afterFrame(): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, 200);
    requestAnimationFrame(() => {
      clearTimeout(late);
      setTimeout(resolve);
    });
  });
}

const waiting = new Set<() => void>();
let running = false;

/** Does work that can wait after the frames to come, a little at a time; asked twice before its turn, it is done once. */
export function whenIdle(work: () => void): void {
  waiting.add(work);
  if (!running) void drain();
}

async function drain(): Promise<void> {
  running = true;
  while (waiting.size > 0) {
    await afterFrame();
    const end = performance.now() + BUDGET_MS;
    for (const work of waiting) {
      waiting.delete(work);
      work();
      if (performance.now() > end) break;
    }
  }
  running = false;
}

/** Resolves in a task of its own, after whatever else waits. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
