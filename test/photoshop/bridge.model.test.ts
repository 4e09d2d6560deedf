import { MasksmithError } from "@masksmith/core";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import {
  type AskHandlers,
  answerAsk,
  HostEnd,
  MARK,
  newNonce,
  PART_BYTES,
  PageEnd,
} from "../../plugin/bridge/index.js";
import { QUICK, until } from "./session.js";

interface Wire {
  readonly host: HostEnd;
  readonly page: PageEnd;
  readonly calls: string[];
  readonly texts: string[];
  readonly events: unknown[];
}

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Both ends on one wire that passes JSON a task late; `lose` may swallow a message. */
function wire(
  serve: (method: string, params: unknown, signal: AbortSignal) => Promise<unknown>,
  lose: (n: number) => boolean = () => false,
): Wire {
  const texts: string[] = [];
  const calls: string[] = [];
  const events: unknown[] = [];
  const pass = (to: () => { receive(event: unknown): void } | undefined) => (text: string) => {
    texts.push(text);
    if (!lose(texts.length)) setImmediate(() => to()?.receive({ data: JSON.parse(JSON.stringify(text)) }));
  };
  const ends: { host?: HostEnd; page?: PageEnd } = {};
  const host = new HostEnd({
    send: pass(() => ends.page),
    serve: (method, params, signal) => {
      calls.push(method);
      return serve(method, params, signal);
    },
    timings: QUICK,
  });
  ends.host = host;
  const page = new PageEnd({
    send: pass(() => ends.host),
    serve: async () => null,
    onEvent: (name, value) => events.push([name, value]),
    timings: QUICK,
  });
  ends.page = page;
  open.push({ close: () => page.close() }, { close: () => host.reset() });
  return { host, page, calls, texts, events };
}

const echo = async (_: string, params: unknown) => params;

describe("the bridge", () => {
  test("bytes of any length come back as they went, in parts of at most 1 MB", async () => {
    const { page, texts } = wire(echo);
    for (const length of [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 5]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
      const counts = Uint32Array.of(7, length, 0xffffffff);
      const back = (await page.call("echo", { bytes, counts, words: "ä\u2028\u0000" })) as Record<string, unknown>;
      expect(Buffer.compare(Buffer.from(back.bytes as Uint8Array), Buffer.from(bytes))).toBe(0);
      expect(back.counts).toEqual(counts);
      expect(back.words).toBe("ä\u2028\u0000");
    }
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(1 << 20);
  });

  test("long text full of escapes stays below 1 MB a part", async () => {
    const { page, texts } = wire(echo);
    const words = '\u0001\\"'.repeat(400_000);
    expect(((await page.call("echo", { words })) as { words: string }).words).toBe(words);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(1 << 20);
  });

  test("a call runs once and is answered although one of three messages is lost", async () => {
    const { page, calls } = wire(echo, (n) => ((n * 2_654_435_761) >>> 7) % 3 === 0);
    const bytes = new Uint8Array(4 * PART_BYTES).fill(9);
    const back = (await page.call("echo", { bytes })) as { bytes: Uint8Array };
    expect(back.bytes.length).toBe(bytes.length);
    for (let i = 0; i < 5; i++) expect(await page.call("echo", i)).toBe(i);
    expect(calls).toHaveLength(6);
  });

  test("errors keep their kind and words", async () => {
    const { page } = wire(async () => {
      throw new MasksmithError("state", "Quick Mask is on");
    });
    await expect(page.call("apply", {})).rejects.toMatchObject({ kind: "state", message: "Quick Mask is on" });
  });

  test("cancelling reaches the service, and the call ends as aborted", async () => {
    let seen = false;
    const abort = new AbortController();
    const { page } = wire(
      (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            seen = true;
            reject(new MasksmithError("aborted", "cancelled"));
          });
          setTimeout(() => abort.abort(), 5);
        }),
    );
    const call = page.call("readPixels", {}, { signal: abort.signal });
    await expect(call).rejects.toMatchObject({ kind: "aborted" });
    expect(seen).toBe(true);
  });

  test("a reloaded page gets a session of its own; the former one's calls are cancelled", async () => {
    let aborted = 0;
    const serve = (method: string, _: unknown, signal: AbortSignal) =>
      new Promise((resolve) => {
        if (method === "quick") resolve("done");
        signal.addEventListener("abort", () => aborted++);
      });
    const { host, page } = wire(serve);
    void page.call("slow", {}).catch(() => undefined);
    await page.ready;
    await until(() => host.connected);
    await new Promise((resolve) => setTimeout(resolve, 30));
    host.receive({ data: JSON.stringify({ masksmith: MARK, kind: "hello", page: newNonce() }) });
    await until(() => aborted === 1);
    expect(host.connected).toBe(true);
  });

  test("a host that was loaded anew is found again by the same page", async () => {
    const { host, page } = wire(echo);
    expect(await page.call("echo", 1)).toBe(1);
    host.reset();
    await until(() => host.connected, 3_000);
    // A call that is under way when the page hears of it is refused, since nobody knows what became of it; the next one works.
    const answer = () => page.call("echo", 2).catch((error: Error) => error.message);
    await expect.poll(answer, { timeout: 15_000 }).toBe(2);
  });
});

const json = fc.jsonValue({ maxDepth: 4 });
const packetLike = fc.record(
  {
    masksmith: fc.constantFrom<unknown>(MARK, "masksmith/0", 1, null),
    kind: fc.constantFrom<unknown>("hello", "welcome", "part", "ack", "alive", "close", 3),
    session: fc.oneof(fc.constant("SESSION"), fc.stringMatching(/^[0-9a-f]{32}$/), json),
    page: fc.oneof(fc.stringMatching(/^[0-9a-f]{32}$/), json),
    from: fc.constantFrom<unknown>("page", "host", "", null),
    message: fc.oneof(fc.nat(30), fc.double(), json),
    part: fc.oneof(fc.nat(4), fc.integer(), json),
    parts: fc.oneof(fc.nat(4), fc.integer(), json),
    heads: fc.oneof(fc.nat(4), fc.integer(), json),
    text: fc.oneof(fc.string(), fc.base64String(), json, fc.constant('{"body":"{\\"type\\":\\"call\\"}","sizes":[]}')),
  },
  { requiredKeys: [] },
);

const method = fc.constantFrom("apply", "saveFile", "writeSetting", "readPixels", "start", "__proto__", "constructor");
const maskLike = fc.oneof(
  json,
  fc.record({
    x: fc.oneof(fc.integer(), fc.double()),
    y: fc.integer(),
    width: fc.oneof(fc.integer({ min: -2, max: 4 }), fc.double()),
    height: fc.integer({ min: -2, max: 4 }),
    data: fc.oneof(fc.uint8Array({ maxLength: 17 }), json),
  }),
  fc.record({
    x: fc.integer(),
    y: fc.integer(),
    width: fc.integer({ min: -2, max: 300 }),
    height: fc.integer({ min: -2, max: 300 }),
    packed: fc.oneof(fc.uint8Array({ maxLength: 17 }), json),
  }),
  fc.record({ size: fc.array(fc.integer(), { maxLength: 3 }), counts: fc.oneof(fc.uint32Array(), json) }),
);
const applyLike = fc.record({
  documentId: fc.oneof(fc.string(), json),
  size: fc.oneof(fc.record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer() }), json),
  output: fc.oneof(
    json,
    fc.record({
      kind: fc.constantFrom("selection", "layer-mask", "group", "file"),
      mode: fc.constantFrom("xor", 1, null),
    }),
  ),
  items: fc.oneof(json, fc.array(fc.record({ name: json, mask: maskLike, parent: fc.oneof(fc.integer(), json) }))),
});

/** Counts what would change a document or a disk. */
function guarded() {
  const ran: string[] = [];
  const run = (name: string) => async () => {
    ran.push(name);
    return null as never;
  };
  const names = [
    "start",
    "readPixels",
    "selection",
    "hasMask",
    "apply",
    "saveFile",
    "readSetting",
    "writeSetting",
    "pickModelFolder",
    "keepModelFolder",
    "keptModelFolder",
    "readModelFile",
    "echo",
  ] as const;
  const handlers = Object.fromEntries(names.map((name) => [name, run(name)])) as unknown as AskHandlers;
  return { ran, handlers };
}

describe("messages from outside", () => {
  test("of 10,000 random and hostile ones none crashes and none reaches a write", async () => {
    const { ran, handlers } = guarded();
    const sent: string[] = [];
    const host = new HostEnd({
      send: (text) => sent.push(text),
      serve: (name, params, signal) => answerAsk(handlers, name, params, signal),
      timings: QUICK,
    });
    open.push({ close: () => host.reset() });
    host.receive({ data: JSON.stringify({ masksmith: MARK, kind: "hello", page: newNonce() }) });
    const { session } = JSON.parse(sent[0]) as { session: string };
    const shaped = packetLike.map((packet) => JSON.stringify(packet).replace('"SESSION"', JSON.stringify(session)));
    const whole = fc.tuple(method, json, fc.nat(9)).map(([name, params, call]) => {
      const body = JSON.stringify({ type: "call", call, method: name, params });
      const text = JSON.stringify({ body, sizes: [] });
      const part = { kind: "part", session, from: "page", message: call + 100, part: 0, parts: 1, heads: 1, text };
      return JSON.stringify({ masksmith: MARK, ...part });
    });
    const text = fc.oneof({ weight: 4, arbitrary: shaped }, { weight: 4, arbitrary: whole }, fc.string());
    const event = fc.oneof(
      fc.record({ data: text, origin: fc.constantFrom("null", "https://example.org") }),
      fc.record({ message: text }),
      text.map((data) => ({ data: { type: "x", payload: data } })),
      json,
    );
    fc.assert(
      fc.property(event, (given) => host.receive(given)),
      { numRuns: 9_000 },
    );
    await until(() => true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ran.filter((name) => name === "apply" || name === "saveFile")).toEqual([]);
    const page = fc.tuple(fc.constantFrom("apply", "saveFile"), fc.oneof(applyLike, json));
    await fc.assert(
      fc.asyncProperty(page, async ([name, params]) => {
        const call = answerAsk(handlers, name, params, new AbortController().signal);
        await expect(call).rejects.toBeInstanceOf(MasksmithError);
      }),
      { numRuns: 1_000 },
    );
    expect(ran.filter((name) => name === "apply" || name === "saveFile")).toEqual([]);
  });

  test("a getter that throws and a message without end are no messages", () => {
    const host = new HostEnd({ send: () => undefined, serve: echo, timings: QUICK });
    const trap = Object.defineProperty({}, "data", {
      get() {
        throw new Error("trap");
      },
    });
    const circle: Record<string, unknown> = {};
    circle.data = circle;
    for (const event of [trap, circle, null, undefined, 7, { data: MARK.repeat(500_000) }]) host.receive(event);
    expect(host.connected).toBe(false);
  });
});
