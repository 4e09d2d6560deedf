import { MasksmithError } from "@masksmith/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HostEnd, PageEnd, type Service, TIMINGS } from "../../plugin/bridge/index.js";

const MINUTE = 60_000;

/** One direction of the wire. While its receiver is busy, messages wait for it. */
class Line {
  busy = false;
  receiver: { receive(event: unknown): void } | undefined;
  readonly #waiting: string[] = [];

  readonly send = (text: string): void => {
    this.#waiting.push(text);
    setTimeout(() => this.#deliver());
  };

  free(): void {
    this.busy = false;
    this.#deliver();
  }

  #deliver(): void {
    if (!this.busy) for (const text of this.#waiting.splice(0)) this.receiver?.receive({ data: text });
  }
}

interface Bridge {
  readonly host: HostEnd;
  readonly page: PageEnd;
  readonly toHost: Line;
  readonly toPage: Line;
}

const open: Bridge[] = [];
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const { host, page } of open.splice(0)) {
    page.close();
    host.reset();
  }
  vi.useRealTimers();
});

/** Both ends, connected, with a clock of their own. */
async function connected(serve: Service): Promise<Bridge> {
  const toHost = new Line();
  const toPage = new Line();
  const host = new HostEnd({ send: toPage.send, serve });
  const page = new PageEnd({ send: toHost.send, serve: async () => null });
  toHost.receiver = host;
  toPage.receiver = page;
  const bridge = { host, page, toHost, toPage };
  open.push(bridge);
  await vi.advanceTimersByTimeAsync(TIMINGS.helloMs * 2);
  expect(host.connected).toBe(true);
  return bridge;
}

/** What has become of a promise by now. */
function watched(promise: Promise<unknown>): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: "pending" };
  promise.then(
    (value) => {
      seen.outcome = value;
    },
    (error) => {
      seen.outcome = error;
    },
  );
  return seen;
}

test("an apply that Photoshop is too busy to hear of for ten minutes is done once, and the panel hears of it", async () => {
  let applied = 0;
  const { page, toHost } = await connected(async () => ++applied);
  toHost.busy = true;
  const call = watched(page.call("apply", {}, { untilAnswered: true }));
  await vi.advanceTimersByTimeAsync(10 * MINUTE);
  expect(call.outcome).toBe("pending");
  toHost.free();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect([call.outcome, applied]).toEqual([1, 1]);
});

test("a read that takes Photoshop eight minutes is waited for while signs of life come", async () => {
  const { page } = await connected(() => new Promise((resolve) => setTimeout(() => resolve("pixels"), 8 * MINUTE)));
  const call = watched(page.call("readPixels", {}));
  await vi.advanceTimersByTimeAsync(8 * MINUTE + 1_000);
  expect(call.outcome).toBe("pixels");
});

test("an apply cancelled too late is told as done, not as cancelled", async () => {
  const { page, toPage } = await connected(async () => "done");
  toPage.busy = true;
  const abort = new AbortController();
  const call = watched(page.call("apply", {}, { signal: abort.signal, untilAnswered: true }));
  await vi.advanceTimersByTimeAsync(1_000);
  abort.abort();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(call.outcome).toBe("pending");
  toPage.free();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(call.outcome).toBe("done");
});

test("an apply cancelled while Photoshop is busy is undone there, and told as cancelled", async () => {
  let undone = false;
  const serve: Service = (_, __, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        undone = true;
        reject(new MasksmithError("aborted", "The operation was cancelled"));
      });
    });
  const { page, toHost } = await connected(serve);
  toHost.busy = true;
  const abort = new AbortController();
  const call = watched(page.call("apply", {}, { signal: abort.signal, untilAnswered: true }));
  await vi.advanceTimersByTimeAsync(1_000);
  abort.abort();
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  expect(call.outcome).toBe("pending");
  toHost.free();
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  expect(call.outcome).toMatchObject({ kind: "aborted" });
  expect(undone).toBe(true);
});

test("a page that is busy for three minutes is not taken for a reloaded one: it gets its answer", async () => {
  const { page, toPage } = await connected(async () => "done");
  toPage.busy = true;
  const call = watched(page.call("apply", {}, { untilAnswered: true }));
  await vi.advanceTimersByTimeAsync(3 * MINUTE);
  toPage.free();
  await vi.advanceTimersByTimeAsync(MINUTE);
  expect(call.outcome).toBe("done");
});

test("a read is given up after five minutes of silence, and says what was not answered", async () => {
  const { page, toHost } = await connected(async () => "pixels");
  toHost.busy = true;
  const call = watched(page.call("readPixels", {}));
  await vi.advanceTimersByTimeAsync(TIMINGS.giveUpMs - 1_000);
  expect(call.outcome).toBe("pending");
  await vi.advanceTimersByTimeAsync(TIMINGS.aliveMs + 2_000);
  expect(call.outcome).toMatchObject({ kind: "runtime", message: "“readPixels” was not answered" });
});

test("an answer too long for the bridge fails its call; the session goes on", async () => {
  const { page } = await connected(async (method) => (method === "long" ? { bytes: new Uint8Array(520e6) } : "short"));
  const call = watched(page.call("long", {}));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(call.outcome).toMatchObject({ kind: "input" });
  const next = watched(page.call("short", {}));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(next.outcome).toBe("short");
});
