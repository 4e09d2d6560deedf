import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { download } from "../../../hosts/cli/src/models/download.js";

const FILE = randomBytes(300_000);
const SHA256 = createHash("sha256").update(FILE).digest("hex");

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let folder: string;
let target: string;
let server: Server;
let base: string;
/** Range headers of the requests that came, "" for none. */
let asked: string[];
let answer: Answer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "masksmith-download-"));
  target = join(folder, "sub/model.bin");
  asked = [];
  answer = whole();
  server = createServer((request, response) => {
    asked.push(request.headers.range ?? "");
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A server that knows ranges. @param cut ends the connection after so many bytes of an answer. */
function whole({ etag = '"1"', cut = Number.POSITIVE_INFINITY, data = FILE } = {}): Answer {
  return (request, response) => {
    const from =
      request.headers["if-range"] === etag ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
    const rest = data.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      "content-length": rest.length,
      ...(from > 0 ? { "content-range": `bytes ${from}-${data.length - 1}/${data.length}` } : {}),
    });
    if (rest.length <= cut) response.end(rest);
    else {
      response.write(rest.subarray(0, cut), () => response.destroy());
    }
  };
}

const get = (more: Partial<Parameters<typeof download>[0]> = {}) =>
  download({ url: new URL("model.bin", base), target, sha256: SHA256, ...more });

const left = async () => (existsSync(join(folder, "sub")) ? (await readdir(join(folder, "sub"))).sort() : []);

describe("download", () => {
  test("brings the file, verified, with progress, and leaves nothing beside it", async () => {
    const seen: number[] = [];
    expect(await get({ onProgress: ({ fraction }) => seen.push(fraction) })).toBe(SHA256);
    expect((await readFile(target)).equals(FILE)).toBe(true);
    expect(await left()).toEqual(["model.bin"]);
    expect(seen.at(-1)).toBe(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  test("goes on by itself where the connection was cut", async () => {
    answer = whole({ cut: 100_000 });
    await get();
    expect((await readFile(target)).equals(FILE)).toBe(true);
    expect(asked).toEqual(["", "bytes=100000-", "bytes=200000-"]);
  });

  test("keeps what has come when the server gives up, and goes on from there the next time", async () => {
    let bytes = 120_000;
    answer = (request, response) => {
      const cut = bytes;
      bytes = 0;
      if (cut > 0) whole({ cut })(request, response);
      else response.destroy();
    };
    await expect(get()).rejects.toThrow(/cut off at 120000 bytes .*run the same command again to resume/);
    expect(await left()).toEqual(["model.bin.part", "model.bin.part.json"]);
    expect(existsSync(target)).toBe(false);
    asked = [];
    answer = whole();
    await get();
    expect(asked).toEqual(["bytes=120000-"]);
    expect((await readFile(target)).equals(FILE)).toBe(true);
  });

  test("begins anew if the file has changed meanwhile, or the server knows no ranges", async () => {
    let first = true;
    answer = (request, response) => {
      if (first) whole({ etag: '"old"', cut: 100_000, data: randomBytes(300_000) })(request, response);
      else whole({ etag: '"new"' })(request, response);
      first = false;
    };
    await get();
    expect((await readFile(target)).equals(FILE)).toBe(true);
    expect(asked).toEqual(["", "bytes=100000-"]);
  });

  test("refuses another file by its hash and keeps nothing of it", async () => {
    await expect(get({ sha256: "0".repeat(64) })).rejects.toMatchObject({
      kind: "model",
      message: expect.stringContaining(`expected sha256 ${"0".repeat(64)}, got ${SHA256}`),
    });
    expect(await left()).toEqual([]);
  });

  test("leaves the file that is there alone until the new one is verified", async () => {
    await get();
    await expect(get({ sha256: "1".repeat(64) })).rejects.toMatchObject({ kind: "model" });
    expect((await readFile(target)).equals(FILE)).toBe(true);
  });

  test("refuses a wrong size before the first byte", async () => {
    await expect(get({ bytes: 12 })).rejects.toThrow(/has 300000 bytes, expected 12$/);
    expect(await left()).toEqual([]);
  });

  test("stops a server that sends more than it said", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "transfer-encoding": "chunked" });
      for (let i = 0; i < 20; i++) response.write(FILE);
      response.end();
    };
    await expect(get({ bytes: FILE.length })).rejects.toThrow(/sends more than 300000 bytes/);
  });

  test.each([404, 403, 500])("tells of an answer %d", async (status) => {
    answer = (_, response) => response.writeHead(status).end("no");
    await expect(get()).rejects.toMatchObject({
      kind: "runtime",
      message: `${base}model.bin answers ${status}, expected the file`,
    });
    expect(await left()).toEqual([]);
  });

  test("tells of a server that is not there, in one line", async () => {
    server.close();
    await expect(get({ url: new URL("http://127.0.0.1:9/model.bin") })).rejects.toThrow(/^cannot reach http:[^\n]+$/);
  });

  test("follows redirects, but not for ever", async () => {
    answer = (request, response) => {
      if (request.url === "/model.bin") response.writeHead(302, { location: "/there" }).end();
      else whole()(request, response);
    };
    expect(await get()).toBe(SHA256);
    answer = (_, response) => response.writeHead(302, { location: "/model.bin" }).end();
    await expect(get()).rejects.toThrow(/redirects more than 8 times/);
  });

  test("goes by way of a proxy", async () => {
    const through: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket) => {
      through.push(request.url!);
      const [host, port] = request.url!.split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        onward.pipe(socket).pipe(onward);
      });
      onward.on("error", () => socket.destroy());
      socket.on("error", () => onward.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    try {
      await get({ proxy: `http://127.0.0.1:${(proxy.address() as { port: number }).port}` });
      expect(through).toEqual([new URL(base).host]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  test("takes a half file of another address for nothing", async () => {
    await get();
    await rm(target);
    await writeFile(`${target}.part`, FILE.subarray(0, 1000));
    await writeFile(`${target}.part.json`, JSON.stringify({ url: "http://elsewhere/model.bin", mark: '"1"' }));
    asked = [];
    await get();
    expect(asked).toEqual([""]);
    expect((await readFile(target)).equals(FILE)).toBe(true);
  });
});
