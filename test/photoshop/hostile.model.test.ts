import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { MARK } from "../../plugin/bridge/index.js";
import { documentState, noiseMask } from "../hosts/browser/states.js";
import { pause, TestPage } from "./session.js";
import { Simulator } from "./simulator/simulator.js";

const SEED = Number(process.env.MASKSMITH_SEED ?? 20_263);
const MESSAGES = 10_000;
const W = 40;
const H = 30;

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

/** What the page's end says of its session, read off the wire as a hostile page could. */
function overheard(page: TestPage): string[] {
  const sessions: string[] = [];
  const real = page.webview.page!;
  const receive = real.receive;
  real.receive = (event) => {
    const found = /"session":"([0-9a-f]{32})"/.exec(JSON.stringify(event).replaceAll("\\", ""));
    if (found) sessions.push(found[1]);
    receive(event);
  };
  return sessions;
}

const json = fc.jsonValue({ maxDepth: 4 });
const number = fc.oneof(fc.integer({ min: -3, max: 70 }), fc.integer(), fc.double());
const bytes = fc.oneof(
  fc.constantFrom<unknown>({ $bytes: ["u8", 0] }, { $bytes: ["u32", 0] }, { $bytes: ["u8", 9] }, { $bytes: 3 }),
  json,
);
/** Masks that look right and are not: sizes that do not fit their bytes, fractions, numbers without end. */
const mask = fc.oneof(
  fc.record({ x: number, y: number, width: number, height: number, data: bytes }),
  fc.record({ x: number, y: number, width: number, height: number, packed: bytes }),
  fc.record({ size: fc.array(number, { maxLength: 3 }), counts: bytes }),
  json,
);
const item = fc.record({ name: fc.oneof(fc.string(), json), mask, parent: fc.oneof(fc.constant(null), number, json) });
const output = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      "selection",
      "layer-mask",
      "new-layer",
      "alpha-channel",
      "path",
      "group",
      "file",
      "__proto__",
    ),
    mode: fc.constantFrom<unknown>("replace", "add", "xor", null, 1),
  }),
  json,
);
const params = (documentId: string) => ({
  apply: fc.record({
    documentId: fc.oneof(fc.constant(documentId), fc.string(), json),
    size: fc.oneof(fc.record({ width: number, height: number }), json),
    output,
    items: fc.oneof(fc.array(item, { maxLength: 3 }), json),
  }),
  saveFile: fc.record({ suggestedName: json, type: json, bytes: fc.oneof(fc.constant([1, 2]), json) }),
  readPixels: fc.record({
    region: fc.oneof(json, fc.record({ x0: number, y0: number, x1: number, y1: number })),
    maxSide: number,
    layer: fc.oneof(fc.constant("active"), json),
  }),
  hasMask: json,
  readModelFile: fc.record({ folder: fc.oneof(fc.string(), json), name: json, from: number, length: number }),
  keepModelFolder: fc.record({ folder: fc.oneof(fc.stringMatching(/^[0-9a-f]{32}$/), fc.string(), json) }),
  keptModelFolder: json,
  start: json,
  echo: json,
  selection: json,
  constructor: json,
  "": json,
});

/** Texts as a hostile page may send: any JSON, packets of the session with any contents, whole calls with any parameters. */
function texts(session: string, documentId: string): fc.Arbitrary<unknown> {
  const packet = fc
    .record(
      {
        kind: fc.constantFrom<unknown>("hello", "welcome", "part", "ack", "alive", "close", 3),
        session: fc.oneof({ weight: 5, arbitrary: fc.constant(session) }, fc.stringMatching(/^[0-9a-f]{32}$/), json),
        page: fc.oneof(fc.string(), json),
        from: fc.constantFrom<unknown>("page", "host", null),
        message: fc.oneof(fc.nat(30), number, json),
        part: fc.oneof(fc.nat(4), number),
        parts: fc.oneof(fc.nat(4), number),
        heads: fc.oneof(fc.nat(4), number),
        text: fc.oneof(fc.string(), fc.base64String(), json),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify({ masksmith: MARK, ...value }));
  let next = 1_000;
  const call = (head: unknown, data: string | null) => {
    const common = {
      masksmith: MARK,
      kind: "part",
      session,
      from: "page",
      message: next++,
      parts: data === null ? 1 : 2,
      heads: 1,
    };
    const parts = [JSON.stringify({ ...common, part: 0, text: JSON.stringify(head) })];
    if (data !== null) parts.push(JSON.stringify({ ...common, part: 1, text: data }));
    return parts;
  };
  const calls = fc
    .constantFrom(...Object.entries(params(documentId)))
    .chain(([method, given]) =>
      fc.tuple(fc.constant(method), given as fc.Arbitrary<unknown>, fc.uint8Array({ maxLength: 40 }), fc.nat(99)),
    )
    .map(([method, given, data, id]) => {
      const body = JSON.stringify({ type: "call", call: id, method, params: given });
      return call({ body, sizes: [data.length] }, data.length > 0 ? Buffer.from(data).toString("base64") : null);
    });
  return fc.oneof(packet, calls, fc.string(), json);
}

test("10,000 random and hostile messages to the built plugin: none crashes it, none reaches a write", async () => {
  process.stdout.write(`hostile messages: seed ${SEED}\n`);
  const simulator = new Simulator();
  const document = simulator.open(documentState(W, H));
  const page = new TestPage(simulator);
  pages.push(page);
  const sessions = overheard(page);
  const { id } = await page.document();
  const before = document.state;
  const scopes = simulator.scopes;
  const origin = fc.constantFrom<unknown>(undefined, "null", "file:///page.html", "https://example.org", 7);
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
  const answered = page.webview.sent;
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(texts(sessions[0], String(id)), origin, fc.boolean(), async (text, from, wrapped) => {
      for (const one of Array.isArray(text) ? text : [text]) {
        sent++;
        const data = wrapped ? { type: "x", payload: one } : one;
        page.plugin.window.dispatch("message", { data, origin: from, source: null });
        page.webview.dispatch("message", { message: data });
      }
      if (sent % 64 === 0) await pause(0);
    }),
    { numRuns: MESSAGES, seed: SEED },
  );
  await pause(300);
  process.off("uncaughtException", note);
  process.off("unhandledRejection", note);
  expect(sent).toBeGreaterThanOrEqual(MESSAGES);
  // Most calls were read and refused in words, not lost on the way.
  expect(page.webview.sent - answered).toBeGreaterThan(MESSAGES / 2);
  expect(uncaught).toEqual([]);
  expect(simulator.scopes).toBe(scopes);
  expect(document.state).toBe(before);
  expect(page.plugin.saved).toEqual([]);
  expect(page.plugin.requests).toEqual([]);
  expect(simulator.imaging.leaked).toBe(0);

  page.webview.load();
  const cup = { name: "Cup", mask: noiseMask(5, 5, 20, 20, 1), parent: null };
  await page.apply({ kind: "selection", mode: "replace" }, [cup]);
  expect(document.selection?.width).toBe(20);
});
