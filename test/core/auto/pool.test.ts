import { fromWireError, MasksmithError, toWireError } from "@masksmith/core";
import { describe, expect, test, vi } from "vitest";
import type { CropTask, PointBatch } from "../../../core/auto/cropTask.js";
import type { LoadMessage } from "../../../core/engine/decoderWorkerMessages.js";
import { DecoderPool } from "../../../core/engine/pool.js";
import { answerCalls, Caller, type Handlers, type Port, type WorkerLike } from "../../../core/engine/wire.js";
import { wholePlacement } from "../../support/logits.js";

/** Two ends of a channel that clones what passes, later, as a real one does. */
function channel(): { readonly near: Port; readonly far: Port } {
  const listeners: ((message: unknown) => void)[] = [() => {}, () => {}];
  const end = (own: 0 | 1): Port => ({
    post: (message) => {
      const copy = structuredClone(message);
      setTimeout(() => listeners[1 - own](copy), 0);
    },
    onMessage: (listener) => {
      listeners[own] = listener;
    },
  });
  return { near: end(0), far: end(1) };
}

interface FakeWorker extends WorkerLike {
  readonly die: (reason: string) => void;
  readonly jobs: number[];
  ended: boolean;
}

/** A worker that answers each batch with its own indices, unless told otherwise. */
function fakeWorkers(decode: (points: PointBatch, worker: FakeWorker, nth: number) => Promise<unknown>) {
  const workers: FakeWorker[] = [];
  const spawn = (): WorkerLike => {
    const { near, far } = channel();
    let exit: (reason: string) => void = () => {};
    const worker: FakeWorker = {
      ...near,
      jobs: [],
      ended: false,
      onExit: (listener) => {
        exit = listener;
      },
      die: (reason) => exit(reason),
      terminate: () => {
        worker.ended = true;
      },
    };
    const nth = workers.push(worker) - 1;
    const done = async () => ({ value: null });
    const handlers: Handlers = {
      hello: done,
      load: done,
      open: done,
      decode: async (argument) => {
        const points = argument as PointBatch;
        worker.jobs.push(points.indices[0]);
        return { value: await decode(points, worker, nth) };
      },
    };
    answerCalls(far, handlers);
    return worker;
  };
  return { spawn, workers };
}

const nothing = (points: PointBatch) => ({
  indices: points.indices,
  predictedIou: new Float32Array(points.indices.length),
  stability: new Float32Array(points.indices.length),
  found: [],
  sketches: new Uint32Array(),
});
const batch = (index: number): PointBatch => ({ indices: Uint32Array.of(index), positions: Float64Array.of(1, 1) });
const task = { placement: wholePlacement(8, 8) } as CropTask;
const load = async () => ({}) as LoadMessage;
const aborted = new MasksmithError("aborted", "The operation was cancelled");

describe("the pool of decoder workers", () => {
  test("gives every job its own answer, on at most as many workers as allowed", async () => {
    const { spawn, workers } = fakeWorkers(async (points) => nothing(points));
    const pool = new DecoderPool({ spawn, size: 3, load });
    const crop = pool.open(task);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => crop.decode(batch(i), { sketches: false })));
    expect(answers.map(({ indices }) => indices[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(workers).toHaveLength(3);
    expect(workers.flatMap(({ jobs }) => jobs).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    pool.stop(aborted);
    expect(workers.every(({ ended }) => ended)).toBe(true);
  });

  test("replaces a worker that dies and does its job again", async () => {
    const { spawn, workers } = fakeWorkers(async (points, worker, nth) => {
      if (nth === 0 && points.indices[0] === 4) {
        worker.die("killed");
        await new Promise(() => {});
      }
      return nothing(points);
    });
    const pool = new DecoderPool({ spawn, size: 1, load });
    const crop = pool.open(task);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => crop.decode(batch(i), { sketches: false })));
    expect(answers.map(({ indices }) => indices[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(workers.map(({ jobs }) => jobs)).toEqual([
      [0, 1, 2, 3, 4],
      [4, 5, 6, 7],
    ]);
    expect(workers[0].ended).toBe(true);
    pool.stop(aborted);
  });

  test("gives up on a job that kills every worker, and says why", async () => {
    const { spawn, workers } = fakeWorkers(async (_, worker) => {
      worker.die("out of memory");
      return new Promise(() => {});
    });
    const pool = new DecoderPool({ spawn, size: 2, load });
    await expect(pool.open(task).decode(batch(0), { sketches: false })).rejects.toThrow(
      "A decoder worker ended: out of memory",
    );
    expect(workers.length).toBeLessThanOrEqual(3);
    expect(pool.workers).toBe(0);
  });

  test("does not try again what is wrong with the request", async () => {
    const { spawn, workers } = fakeWorkers(async () => {
      throw new MasksmithError("model", "damaged");
    });
    const pool = new DecoderPool({ spawn, size: 1, load });
    await expect(pool.open(task).decode(batch(0), { sketches: false })).rejects.toMatchObject({
      kind: "model",
      message: "damaged",
    });
    expect(workers).toHaveLength(1);
  });

  test("ends with a worker that serves no decoder, instead of waiting for it", async () => {
    vi.useFakeTimers();
    try {
      const terminate = vi.fn();
      const spawn = (): WorkerLike => ({ post: () => {}, onMessage: () => {}, onExit: () => {}, terminate });
      const pool = new DecoderPool({ spawn, size: 1, load });
      const answer = pool.open(task).decode(batch(0), { sketches: false });
      const ends = expect(answer).rejects.toMatchObject({
        kind: "input",
        message: expect.stringMatching(/serveDecoder/),
      });
      await vi.runAllTimersAsync();
      await ends;
      expect(terminate).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  test("refuses an answer that makes no sense", async () => {
    const { spawn } = fakeWorkers(async () => ({ indices: "all" }));
    const pool = new DecoderPool({ spawn, size: 1, load });
    await expect(pool.open(task).decode(batch(0), { sketches: false })).rejects.toThrow(
      /Message not understood \(decoded\)/,
    );
    pool.stop(aborted);
  });

  test("ends everything at once when stopped, and works again after", async () => {
    let stuck = true;
    const { spawn, workers } = fakeWorkers(async (points) => (stuck ? new Promise(() => {}) : nothing(points)));
    const pool = new DecoderPool({ spawn, size: 2, load });
    const jobs = Array.from({ length: 5 }, (_, i) => pool.open(task).decode(batch(i), { sketches: false }));
    const ends = Promise.allSettled(jobs);
    await vi.waitFor(() => expect(workers.flatMap((worker) => worker.jobs)).toHaveLength(2));
    pool.stop(aborted);
    for (const end of await ends) expect(end).toMatchObject({ status: "rejected", reason: { kind: "aborted" } });
    expect(workers.every(({ ended }) => ended)).toBe(true);
    stuck = false;
    await expect(pool.open(task).decode(batch(9), { sketches: false })).resolves.toMatchObject({ found: [] });
    pool.stop(aborted);
  });

  test("says why the decoder's files could not be read, and reads them anew next time", async () => {
    const { spawn } = fakeWorkers(async (points) => nothing(points));
    const read = vi.fn(load).mockRejectedValueOnce(new MasksmithError("model", "file is damaged"));
    const pool = new DecoderPool({ spawn, size: 1, load: read });
    await expect(pool.open(task).decode(batch(0), { sketches: false })).rejects.toThrow("file is damaged");
    await pool.open(task).decode(batch(0), { sketches: false });
    expect(read).toHaveBeenCalledTimes(2);
    pool.stop(aborted);
  });
});

describe("calls over a channel", () => {
  test("carry errors with kind and message", async () => {
    const { near, far } = channel();
    answerCalls(far, {
      wrong: async () => {
        throw new MasksmithError("input", "width must be positive, got 0");
      },
      broken: async () => {
        throw new TypeError("undefined is not a function");
      },
    });
    const caller = new Caller(near);
    await expect(caller.call("wrong", null)).rejects.toMatchObject({
      kind: "input",
      message: "width must be positive, got 0",
    });
    await expect(caller.call("broken", null)).rejects.toMatchObject({ kind: "runtime" });
    await expect(caller.call("constructor", null)).rejects.toThrow('No function "constructor" to call');
  });

  test("keep errors whole there and back", () => {
    const error = new MasksmithError("aborted", "The operation was cancelled");
    expect(fromWireError(structuredClone(toWireError(error)))).toMatchObject({
      kind: error.kind,
      message: error.message,
    });
  });

  test("fail all that wait, and all that come later, once the other end is gone", async () => {
    const { near } = channel();
    const caller = new Caller(near);
    const waiting = caller.call("anything", 1);
    caller.fail(new MasksmithError("runtime", "gone"));
    await expect(waiting).rejects.toThrow("gone");
    await expect(caller.call("more", 2)).rejects.toThrow("gone");
  });

  test("fail on an answer that is none", async () => {
    const { near, far } = channel();
    const caller = new Caller(near);
    const waiting = caller.call("anything", 1);
    far.post({ nonsense: true }, []);
    await expect(waiting).rejects.toThrow(/Message not understood \(answer\)/);
  });
});
