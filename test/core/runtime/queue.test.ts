import { describe, expect, test } from "vitest";
import { RunQueue } from "../../../core/runtime/queue.js";

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe("run queue", () => {
  test("never overlaps two jobs and keeps their order", async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const job = (name: string) => async () => {
      log.push(`${name} starts`);
      await tick();
      log.push(`${name} ends`);
    };
    await Promise.all([queue.run(job("a")), queue.run(job("b")), queue.run(job("c"))]);
    expect(log).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  test("goes on after a job that failed", async () => {
    const queue = new RunQueue();
    const failed = queue.run(async () => {
      throw new Error("broken");
    });
    const next = queue.run(async () => "fine");
    await expect(failed).rejects.toThrow("broken");
    await expect(next).resolves.toBe("fine");
  });

  test("never starts a job that was cancelled while it waited", async () => {
    const queue = new RunQueue();
    const controller = new AbortController();
    let ran = false;
    const first = queue.run(tick);
    const second = queue.run(
      async () => {
        ran = true;
      },
      { signal: controller.signal },
    );
    controller.abort();
    await expect(second).rejects.toMatchObject({ kind: "aborted" });
    await first;
    await tick();
    expect(ran).toBe(false);
  });

  test("runs only the latest waiting job of a lane", async () => {
    const queue = new RunQueue();
    const busy = queue.run(tick);
    const hovers = [1, 2, 3].map((n) => queue.run(async () => n, { lane: "hover" }));
    const results = await Promise.allSettled(hovers);
    await busy;
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
    expect(results[2]).toMatchObject({ value: 3 });
  });

  test("lets a click overtake the previews that wait, not the one that runs, and knows when nothing is left", async () => {
    const queue = new RunQueue();
    const log: string[] = [];
    const job = (name: string, rank?: number) =>
      queue.run(async () => void log.push(name), rank === undefined ? {} : { rank });
    const jobs = [job("preview 1", 2), job("preview 2", 2), job("background", 3), job("preview 3", 2), job("click")];
    expect(queue.busy).toBe(true);
    await Promise.all(jobs);
    expect(log).toEqual(["preview 1", "click", "preview 2", "preview 3", "background"]);
    await tick();
    expect(queue.busy).toBe(false);
  });
});
