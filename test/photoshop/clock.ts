import { afterAll, beforeAll, vi } from "vitest";

/**
 * Gives a test file a clock of its own: Photoshop's, the plugin's and the page's timers come due in their order as soon as
 * nothing else is left to do. So a pause takes no time, and a busy machine changes no outcome.
 */
export function ownClock(): void {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
    vi.setTimerTickMode("nextTimerAsync");
  });
  afterAll(() => {
    vi.useRealTimers();
  });
}
