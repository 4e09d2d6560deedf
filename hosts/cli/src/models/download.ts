import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { MasksmithError, type Progress } from "@masksmith/core";
import { failedAt, reasonOf } from "../failure.js";
import { type Answer, judge, MOST_BYTES } from "./answer.js";
import { PartFile } from "./partFile.js";
import { Interrupted, request, shownUrl } from "./request.js";

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
  /** Milliseconds without progress after which a connection is given up. */
  readonly patience?: number;
}

/** Tries that bring nothing new before giving up, and tries in all: what has come stays for the next call. */
const IDLE_TRIES = 3;
const MOST_TRIES = 100;
const PATIENCE = 60_000;
/** Bytes that a connection has to bring before it stalls, for another one to be worth its wait. */
const WORTH_A_STALL = 2 ** 20;

/**
 * Downloads a file: beside its target, going on where an earlier try was cut, verified by size and hash, then renamed. A cut
 * connection is taken up again; what has come so far stays for the next call. Bytes of two states of the file are never put
 * together: where the server does not say that the rest is of the same state, it begins anew.
 * @returns the file's sha256.
 * @throws MasksmithError `runtime` (server, connection, disk), `model` (not the file that was asked for; nothing is kept).
 */
export async function download(wanted: Download): Promise<string> {
  const part = new PartFile(wanted.target);
  try {
    await fetchAll(wanted, part);
  } finally {
    part.close();
  }
  const sha256 = await verified(wanted, part);
  try {
    await rename(part.path, wanted.target);
  } catch (cause) {
    throw failedAt(`cannot write ${wanted.target}`, cause);
  }
  part.dropNote();
  return sha256;
}

async function fetchAll(wanted: Download, part: PartFile): Promise<void> {
  const shown = shownUrl(wanted.url);
  let farthest = part.length;
  let idle = 0;
  for (let tries = 1; ; tries++) {
    const end = await fetchRest(wanted, part);
    if (end === "whole") return;
    const gained = part.length - farthest;
    idle = gained >= (end.stalled ? WORTH_A_STALL : 1) ? 0 : idle + 1;
    farthest = Math.max(farthest, part.length);
    if (idle < IDLE_TRIES && tries < MOST_TRIES) continue;
    const words =
      part.length === 0
        ? `cannot reach ${shown}: ${end.why}`
        : `${shown} was cut off at ${part.length} bytes (${end.why}); run the same command again to resume`;
    throw new MasksmithError("runtime", words);
  }
}

/** A request that ended before the file was whole. */
interface Cut {
  readonly why: string;
  readonly stalled: boolean;
}

/** One request: the rest of the file, or all of it. */
async function fetchRest(wanted: Download, part: PartFile): Promise<"whole" | Cut> {
  const { url, proxy, patience = PATIENCE } = wanted;
  const half = part.half(shownUrl(url));
  if (half?.total !== undefined && half.total === half.length) return "whole";
  const headers = {
    "user-agent": "masksmith",
    "accept-encoding": "identity",
    ...(half ? { range: `bytes=${half.length}-`, "if-range": half.mark } : {}),
  };
  let answer: Answer | undefined;
  try {
    await request(
      url,
      { headers, proxy, patience },
      {
        head: (status, head) => {
          answer = judge(wanted, half, status, head);
          if (answer.kind === "anew") part.drop();
          if (answer.kind === "all") part.begin(answer.source);
          return answer.kind === "all" || answer.kind === "rest";
        },
        bytes: (chunk) => {
          if (answer) take(chunk, answer, wanted, part);
        },
      },
    );
  } catch (error) {
    if (error instanceof Interrupted) return { why: reasonOf(error), stalled: error.stalled };
    throw error;
  }
  return endOf(answer, wanted, part);
}

function take(chunk: Uint8Array, answer: Answer, wanted: Download, part: PartFile): void {
  const whole = lengthOf(answer, wanted);
  const most = whole ?? MOST_BYTES;
  if (part.length + chunk.length > most) {
    part.drop();
    throw new MasksmithError("model", `${shownUrl(wanted.url)} sends more than ${most} bytes`);
  }
  part.append(chunk);
  wanted.onProgress?.({ stage: "Downloading", fraction: whole ? part.length / whole : 0 });
}

/** What there is once an answer has ended as it should. */
function endOf(answer: Answer | undefined, wanted: Download, part: PartFile): "whole" | Cut {
  if (answer?.kind === "whole") return "whole";
  if (answer?.kind === "anew") return { why: answer.why, stalled: false };
  const whole = answer && lengthOf(answer, wanted);
  if (answer && (whole === undefined || whole === part.length)) return "whole";
  return { why: part.length === 0 ? "it sends nothing" : "the server ended it", stalled: false };
}

/** Bytes of the whole file, if anything says. */
function lengthOf(answer: Answer, { bytes }: Download): number | undefined {
  return bytes ?? ("source" in answer ? answer.source.total : undefined);
}

async function verified({ url, bytes, sha256 }: Download, part: PartFile): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(part.path), hash);
  } catch (cause) {
    throw failedAt(`cannot read ${part.path}`, cause);
  }
  const actual = hash.digest("hex");
  const wrongSize = bytes !== undefined && part.length !== bytes;
  if (!wrongSize && (sha256 === undefined || actual === sha256)) return actual;
  const what = wrongSize ? `${bytes} bytes, got ${part.length}` : `sha256 ${sha256}, got ${actual}`;
  part.drop();
  throw new MasksmithError("model", `${shownUrl(url)} is not the file that was asked for: expected ${what}`);
}
