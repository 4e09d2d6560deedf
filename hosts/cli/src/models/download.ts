import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { MasksmithError, type Progress } from "@masksmith/core";
import type { Dispatcher } from "undici";
import { failedAt, reasonOf } from "../failure.js";

/** One file to fetch. */
export interface Download {
  readonly url: URL;
  /** Where it goes once it is whole and verified. */
  readonly target: string;
  readonly bytes?: number | undefined;
  /** Hex digest that it must have; undefined: the user takes what comes. */
  readonly sha256: string | undefined;
  readonly proxy?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Tries without a single new byte before giving up. */
const IDLE_TRIES = 3;
const MOST_REDIRECTS = 8;
const TIMEOUT = 60_000;

/** What is known of a half file: with another source, or another state of it, it is worth nothing. */
interface Half {
  readonly url: string;
  /** The server's mark for this state of the file. */
  readonly mark: string;
}

/**
 * Downloads a file: beside its target, going on where an earlier try was cut, verified by size and hash, then renamed. A cut
 * connection is taken up again; what has come so far stays for the next call.
 * @returns the file's sha256.
 * @throws MasksmithError `runtime` (server, connection, disk), `model` (not the file that was asked for; nothing is kept).
 */
export async function download(wanted: Download): Promise<string> {
  const { target, url } = wanted;
  const part = `${target}.part`;
  const note = `${target}.part.json`;
  const agent = await agentFor(wanted.proxy);
  try {
    await mkdir(dirname(target), { recursive: true });
    let idle = 0;
    for (let before = await sizeOf(part); ; before = await sizeOf(part)) {
      const end = await fetchRest(wanted, part, note, agent).catch((error: unknown) => error);
      if (end === "whole") break;
      if (end instanceof MasksmithError) throw end;
      idle = (await sizeOf(part)) > before ? 0 : idle + 1;
      if (idle < IDLE_TRIES) continue;
      if ((await sizeOf(part)) === 0)
        throw failedAt(`cannot reach ${url.href}`, end === "cut" ? "it sends nothing" : end);
      throw new MasksmithError(
        "runtime",
        `${url.href} was cut off at ${await sizeOf(part)} bytes (${end === "cut" ? "the server ended it" : reasonOf(end)}); ` +
          "run the same command again to resume",
      );
    }
    const sha256 = await verified(wanted, part, note);
    await rename(part, target);
    await rm(note, { force: true });
    return sha256;
  } finally {
    await agent.close();
  }
}

/** One request: the rest of the file, or all of it if the server does not know the part. */
async function fetchRest(wanted: Download, part: string, note: string, agent: Dispatcher): Promise<"whole" | "cut"> {
  const { url } = wanted;
  const half = await readHalf(note);
  const have = half?.url === url.href ? await sizeOf(part) : 0;
  const headers: Record<string, string> = { "user-agent": "masksmith", "accept-encoding": "identity" };
  if (have > 0) Object.assign(headers, { range: `bytes=${have}-`, "if-range": half!.mark });
  const response = await ask(url, headers, agent);
  const { statusCode, body } = response;
  if (statusCode === 416 && have > 0) {
    await body.dump();
    if (totalOf(response.headers) === have) return "whole";
    await rm(part, { force: true });
    return "cut";
  }
  if (statusCode !== 200 && statusCode !== 206) {
    await body.dump();
    throw new MasksmithError("runtime", `${url.href} answers ${statusCode}, expected the file`);
  }
  const from = statusCode === 206 ? startOf(response.headers) : 0;
  if (from !== (statusCode === 206 ? have : 0))
    throw new MasksmithError("runtime", `${url.href} answers with a different part`);
  const total = totalOf(response.headers);
  const most = wanted.bytes ?? total;
  if (wanted.bytes !== undefined && total !== undefined && total !== wanted.bytes) {
    await body.dump();
    throw new MasksmithError("model", `${url.href} has ${total} bytes, expected ${wanted.bytes}`);
  }
  await writeFile(note, JSON.stringify({ url: url.href, mark: markOf(response.headers) } satisfies Half));
  const done = await receive(body, wanted, part, from, most);
  return most === undefined || done === most ? "whole" : "cut";
}

/** Appends what comes to the part. @returns the bytes it has then. */
async function receive(
  body: AsyncIterable<Buffer>,
  { url, onProgress }: Download,
  part: string,
  from: number,
  most: number | undefined,
): Promise<number> {
  const file = await open(part, from > 0 ? "a" : "w");
  let done = from;
  try {
    for await (const chunk of body) {
      done += chunk.length;
      if (most !== undefined && done > most) {
        throw new MasksmithError("model", `${url.href} sends more than ${most} bytes`);
      }
      await file.writeFile(chunk);
      onProgress?.({ stage: "Downloading", fraction: most ? done / most : 0 });
    }
  } finally {
    await file.close();
  }
  return done;
}

type Response = Dispatcher.ResponseData;
type Headers = Response["headers"];

async function ask(url: URL, headers: Record<string, string>, dispatcher: Dispatcher): Promise<Response> {
  const { request } = await undici();
  let at = url;
  for (let i = 0; i <= MOST_REDIRECTS; i++) {
    const options = { headers, dispatcher, headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT };
    const response = await request(at, options);
    const { location } = response.headers;
    if (response.statusCode < 300 || response.statusCode >= 400 || typeof location !== "string") return response;
    await response.body.dump();
    const next = new URL(location, at);
    if (at.protocol === "https:" && next.protocol !== "https:") {
      throw new MasksmithError("runtime", `${at.href} redirects to ${next.href}, which is not encrypted`);
    }
    at = next;
  }
  throw new MasksmithError("runtime", `${url.href} redirects more than ${MOST_REDIRECTS} times`);
}

/** Loaded on demand: it takes WebAssembly memory at once, which other commands may need. */
function undici(): Promise<typeof import("undici")> {
  return import("undici");
}

/** `--proxy`, else the usual environment variables. */
async function agentFor(proxy: string | undefined): Promise<Dispatcher> {
  const { EnvHttpProxyAgent, ProxyAgent } = await undici();
  if (proxy === undefined) return new EnvHttpProxyAgent();
  try {
    return new ProxyAgent(proxy);
  } catch (cause) {
    throw new MasksmithError("input", `--proxy must be an address such as http://host:8080, got ${proxy}`, { cause });
  }
}

async function verified({ url, bytes, sha256 }: Download, part: string, note: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(part), hash);
  const actual = hash.digest("hex");
  const size = await sizeOf(part);
  const wrongSize = bytes !== undefined && size !== bytes;
  if (!wrongSize && (sha256 === undefined || actual === sha256)) return actual;
  await rm(part, { force: true });
  await rm(note, { force: true });
  const what = wrongSize ? `${bytes} bytes, got ${size}` : `sha256 ${sha256}, got ${actual}`;
  throw new MasksmithError("model", `${url.href} is not the file that was asked for: expected ${what}`);
}

async function readHalf(note: string): Promise<Half | undefined> {
  try {
    const value = JSON.parse(await readFile(note, "utf8")) as Partial<Half>;
    const usable = typeof value.url === "string" && typeof value.mark === "string" && value.mark !== "";
    return usable ? (value as Half) : undefined;
  } catch {
    return undefined;
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** A strong ETag, or the date; a weak ETag may stand for other bytes. */
function markOf(headers: Headers): string {
  const { etag, "last-modified": date } = headers;
  if (typeof etag === "string" && !etag.startsWith("W/")) return etag;
  return typeof date === "string" ? date : "";
}

function startOf(headers: Headers): number {
  return Number(/^bytes (\d+)-/.exec(String(headers["content-range"]))?.[1] ?? -1);
}

function totalOf(headers: Headers): number | undefined {
  const range = /\/(\d+)$/.exec(String(headers["content-range"]))?.[1];
  const length = range ?? headers["content-length"];
  return length === undefined ? undefined : Number(length);
}
