import { afterAll, beforeAll, vi } from "vitest";

/**
 * Gives a test file a clock of its own: the timers of the panel, of Photoshop, the plugin and the page come due in their order
 * as soon as nothing else is left to do. So a pause takes no time, and a busy machine changes no outcome.
 * @param more what else tells this clock's time.
 */
export function ownClock(...more: "performance"[]): void {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", ...more] });
    vi.setTimerTickMode("nextTimerAsync");
  });
  afterAll(() => {
    vi.useRealTimers();
  });
}
