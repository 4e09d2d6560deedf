import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { getModel } from "../../../hosts/cli/src/commands/modelsGet.js";
import { download } from "../../../hosts/cli/src/models/download.js";
import { type Asked, head, type Reply, type ScriptedServer, scriptedServer } from "../../support/scriptedServer.js";

const FILE = Uint8Array.from({ length: 40_000 }, (_, i) => (i * 31) % 251);
const OTHER = FILE.map((byte) => byte ^ 255);
const SHA256 = createHash("sha256").update(FILE).digest("hex");
/** Milliseconds; a connection without progress for so long is given up. */
const SOON = 60;

let folder: string;
let target: string;
let server: ScriptedServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "masksmith-hostile-"));
  target = join(folder, "model.bin");
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

interface Wish {
  readonly sha256?: string | undefined;
  readonly patience?: number;
  readonly proxy?: string;
  readonly bytes?: number;
}

/** Downloads from a server that gives these answers, one a request, the last one again and again. */
async function from(replies: readonly ((asked: Asked) => Reply)[], wish: Wish = {}): Promise<string> {
  server = await scriptedServer((asked) => replies[Math.min(asked.index, replies.length - 1)]!(asked));
  return download({ url: new URL("model.bin", server.base), target, sha256: SHA256, ...wish });
}

const ranges = () => server!.asked.map(({ headers }) => headers.range ?? "");

/** The file's head and its first bytes, then the end of the connection. */
const cutAt =
  (bytes: number, data = FILE, etag = '"1"') =>
  (): Reply => ({
    pieces: [head(200, { etag, "content-length": data.length }), data.subarray(0, bytes)],
    last: "end",
  });
const restOf =
  (data = FILE, headers: Record<string, string> = { etag: '"1"' }) =>
  ({ headers: { range = "" } }: Asked): Reply => {
    const at = Number(/\d+/.exec(range)?.[0] ?? 0);
    const range_ = { "content-range": `bytes ${at}-${data.length - 1}/${data.length}` };
    const length = { "content-length": data.length - at };
    return at > 0
      ? { pieces: [head(206, { ...headers, ...range_, ...length }), data.subarray(at)], last: "end" }
      : { pieces: [head(200, { ...headers, ...length }), data], last: "end" };
  };
const whole = restOf();

describe("download from a server that lies", () => {
  test("keeps what came before the connection broke, down to the last byte", async () => {
    await from([cutAt(10_000), cutAt(0), whole]);
    expect(ranges()).toEqual(["", "bytes=10000-", ""]);
    expect([...(await readFile(target))]).toEqual([...FILE]);
  });

  test("a part of which nobody says which part it is ends in one line", async () => {
    const reply = () => ({ pieces: [head(206, { "content-length": 5 }), "12345"], last: "end" }) as const;
    await expect(from([reply])).rejects.toThrow(/model.bin answers 206, expected the file$/);
    await expect(from([cutAt(10_000), reply, whole])).resolves.toBe(SHA256);
    expect(ranges()).toEqual(["", "bytes=10000-", ""]);
  });

  test.each<[string, Reply["pieces"], Reply["last"], RegExp]>([
    ["drips its answer", [head(200, { "content-length": 40_000 }), "1"], "drip", /it sent (only \d+ bytes|nothing) in/],
    ["drips its head", ["HTTP/1.1 200 OK\r\nx: "], "drip", /^cannot reach .*: it sent nothing in 0.06 s$/],
    ["says nothing", [], "stay", /^cannot reach .*: it sent nothing in 0.06 s$/],
  ])("a server that %s is given up after a while", async (_, pieces, last, expected) => {
    await expect(from([() => ({ pieces, last })], { patience: SOON })).rejects.toThrow(expected);
  });

  test.each<[string, Reply["pieces"], Reply["last"], RegExp]>([
    ["drips its refusal", [head(404, { "content-length": 40_000 }), "no"], "drip", /answers 404, expected the file$/],
    ["hangs up", [], "end", /^cannot reach .*: other side closed$/],
    ["breaks the connection", [], "reset", /^cannot reach .*: read ECONNRESET$/],
    ["talks of something else", ["220 ready\r\n\r\n"], "stay", /^cannot reach .*: /],
  ])("a server that %s is told of at once", async (_, pieces, last, expected) => {
    await expect(from([() => ({ pieces, last })])).rejects.toThrow(expected);
  });

  test("a server that cuts and then knows another length is given up", async () => {
    const cutOr416 = ({ headers: { range } }: Asked): Reply =>
      range
        ? { pieces: [head(416, { "content-range": "bytes */7", "content-length": 0 })], last: "end" }
        : cutAt(9_000)();
    await expect(from([cutOr416])).rejects.toThrow(/^cannot reach .*: the file there is another$/);
    expect(ranges().length).toBeLessThan(8);
  });

  test("a server that cuts after each few bytes is asked a hundred times, no more", async () => {
    const drop = ({ headers: { range } }: Asked): Reply => {
      const at = Number(/\d+/.exec(range ?? "")?.[0] ?? 0);
      const { pieces } = restOf()({ headers: { range } } as unknown as Asked);
      return { pieces: [pieces[0]!, FILE.subarray(at, at + 3)], last: "end" };
    };
    await expect(from([drop])).rejects.toThrow(/cut off at 300 bytes .* to resume$/);
    expect(ranges()).toHaveLength(100);
  });

  test("a proxy that accepts and closes is told of at once", async () => {
    const proxy = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port } = proxy.address() as { port: number };
    await expect(from([whole], { proxy: `http://127.0.0.1:${port}` })).rejects.toThrow(/^cannot reach .*other side/);
    await new Promise((resolve) => proxy.close(resolve));
  });

  test.each<[string, Record<string, string>]>([
    ["another mark", { etag: '"2"' }],
    ["no mark", {}],
    ["a weak mark", { etag: 'W/"1"' }],
  ])("without a hash, the rest with %s is not put behind what is there", async (_, headers) => {
    await from([cutAt(10_000), restOf(OTHER, headers), restOf(OTHER, { etag: '"2"' })], { sha256: undefined });
    expect(server!.asked[1]!.headers["if-range"]).toBe('"1"');
    expect(ranges()).toEqual(["", "bytes=10000-", ""]);
    expect([...(await readFile(target))]).toEqual([...OTHER]);
  });

  test("with a hash, a server that gives no mark with the rest is gone on with", async () => {
    expect(await from([cutAt(10_000), restOf(FILE, {})])).toBe(SHA256);
    expect(ranges()).toEqual(["", "bytes=10000-"]);
  });

  test("a date is a mark only if the file was left alone since", async () => {
    const date = "Mon, 30 Nov 2026 10:00:30 GMT";
    const dated = (modified: string) => (): Reply => ({
      pieces: [head(200, { date, "last-modified": modified, "content-length": 40_000 }), FILE.subarray(0, 9_000)],
      last: "end",
    });
    await from([dated("Mon, 30 Nov 2026 10:00:00 GMT"), whole]);
    expect(ranges()).toEqual(["", ""]);
    await server!.close();
    await rm(target);
    const old = "Mon, 30 Nov 2026 09:00:00 GMT";
    await from([dated(old), restOf(FILE, { date, "last-modified": old })]);
    expect(server!.asked[1]!.headers).toMatchObject({ range: "bytes=9000-", "if-range": old });
  });

  test("without a hash, a part is not taken for the whole because the server says so", async () => {
    const chunked = { etag: '"1"', "transfer-encoding": "chunked" };
    const cut = (): Reply => ({ pieces: [head(200, chunked), "5\r\nabcde\r\n"], last: "end" });
    const over = (): Reply => ({ pieces: [head(416, { "content-range": "bytes */5" })], last: "end" });
    await from([cut, over, whole], { sha256: undefined });
    expect([...(await readFile(target))]).toEqual([...FILE]);
  });

  test("an answer that ends nowhere, or is packed, is not taken for the file", async () => {
    const open = (): Reply => ({ pieces: [head(200, { connection: "close" }), FILE], last: "end" });
    await expect(from([open], { sha256: undefined })).rejects.toThrow(/does not say how long it is/);
    await server!.close();
    expect(await from([open])).toBe(SHA256);
    await server!.close();
    const packed = (): Reply => ({ pieces: [head(200, { "content-encoding": "gzip" }), FILE], last: "end" });
    await expect(from([packed])).rejects.toThrow(/content encoding gzip, expected the file as it is$/);
  });

  test("what came in whole before a crash is asked for no more", async () => {
    server = await scriptedServer(whole);
    const url = new URL("model.bin", server.base);
    await writeFile(`${target}.part`, FILE);
    await writeFile(`${target}.part.json`, JSON.stringify({ url: url.href, mark: '"1"', total: FILE.length }));
    expect(await download({ url, target, sha256: SHA256 })).toBe(SHA256);
    expect(server.asked).toEqual([]);
    expect(existsSync(`${target}.part.json`)).toBe(false);
  });

  test("a password goes to the server that it is for, and into no message and no file", async () => {
    const elsewhere = await scriptedServer(cutAt(9_000));
    server = await scriptedServer(() => ({
      pieces: [head(302, { location: `${elsewhere.base}a?key=word` })],
      last: "end",
    }));
    const url = new URL("model.bin", server.base.replace("//", "//user:secret@"));
    const failed = await download({ url, target, sha256: SHA256 }).catch(String);
    await elsewhere.close();
    expect(failed).toMatch(/model.bin was cut off at 9000 bytes/);
    expect(failed).not.toMatch(/user|secret/);
    expect(await readFile(`${target}.part.json`, "utf8")).not.toMatch(/user|secret/);
    expect(server.asked[0]!.headers.authorization).toBe(`Basic ${Buffer.from("user:secret").toString("base64")}`);
    expect(elsewhere.asked[0]!.headers.authorization).toBeUndefined();
  });

  test.each(["not/an address", "http://user:secret@"])(
    "a proxy called %s is refused without repeating it",
    async (proxy) => {
      const failed = await from([whole], { proxy }).catch(String);
      expect(failed).toMatch(/--proxy must be an address such as http:\/\/host:8080, got/);
      expect(failed).not.toMatch(/secret/);
    },
  );

  test.each(["ftp://user:secret@host/", "user:secret@host/"])(
    "an address that is none, %s, is not repeated",
    async (text) => {
      const failed = await getModel("mobile-sam", { from: text, out: folder }).catch(String);
      expect(failed).toMatch(/--from must be an http or https address, got/);
      expect(failed).not.toMatch(/secret/);
    },
  );

  test.each([
    ["file:///etc/passwd", /redirects to an address that begins with file:$/],
    ["http://", /redirects to what is no address$/],
  ])("a redirect to %s is told of", async (location, expected) => {
    await expect(from([() => ({ pieces: [head(302, { location })], last: "end" })])).rejects.toThrow(expected);
  });

  test("a target that cannot be written is told of before anything is asked", async () => {
    await writeFile(join(folder, "file"), "");
    server = await scriptedServer(whole);
    const into = { url: new URL("model.bin", server.base), target: join(folder, "file/model.bin"), sha256: SHA256 };
    await expect(download(into)).rejects.toThrow(/^cannot write .*file\/model.bin.part: /);
    expect(server.asked).toEqual([]);
  });
});
