import { describe, expect, test } from "vitest";
import { History } from "../../../hosts/browser/src/document/history.js";

interface State {
  readonly shared: Uint8Array;
  readonly own: Uint8Array;
}

const shared = new Uint8Array(1000);
const start: State = { shared, own: new Uint8Array(0) };

function historyOf(bytes: number, steps = 50): History<State> {
  return new History<State>("Open", start, { steps, bytes, buffers: (state) => [state.shared, state.own] });
}

describe("History", () => {
  test("counts a shared buffer not at all and every other one once", () => {
    const history = historyOf(10_000);
    const first = { shared, own: new Uint8Array(300) };
    history.push("first", first);
    history.push("same buffer again", { ...first });
    history.push("second", { shared, own: new Uint8Array(50) });
    expect(history.extraBytes).toBe(300);
  });

  test("drops the oldest steps when they hold too much, never the present", () => {
    const history = historyOf(1000);
    for (let i = 0; i < 10; i++) history.push(`step ${i}`, { shared, own: new Uint8Array(400) });
    expect(history.extraBytes).toBeLessThanOrEqual(1000);
    expect(history.labels).toEqual(["step 7", "step 8", "step 9"]);
    expect(history.index).toBe(2);
  });

  test("keeps only so many steps", () => {
    const history = historyOf(1e6, 3);
    for (let i = 0; i < 10; i++) history.push(`step ${i}`, start);
    expect(history.labels).toEqual(["step 6", "step 7", "step 8", "step 9"]);
  });

  test("a new step after undo ends what was undone", () => {
    const history = historyOf(1e6);
    history.push("a", start);
    history.push("b", start);
    history.go(1);
    history.push("c", start);
    expect(history.labels).toEqual(["Open", "a", "c"]);
    expect(history.go(3)).toBe(false);
  });

  test("tells a step from all others, though places are taken again; changing its state leaves it the same step", () => {
    const history = historyOf(1e6, 3);
    history.push("a", start);
    const saved = history.step;
    history.amend({ ...start });
    expect(history.step).toBe(saved);
    history.go(0);
    history.push("b", start);
    expect(history.index).toBe(1);
    const steps = [history.step];
    for (let i = 0; i < 9; i++) {
      history.push("more", start);
      steps.push(history.step);
    }
    expect(steps).not.toContain(saved);
    expect(new Set(steps).size).toBe(steps.length);
    history.go(history.index - 1);
    expect(history.step).toBe(steps.at(-2));
  });
});
