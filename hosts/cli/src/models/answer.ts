import { MasksmithError } from "@masksmith/core";
import type { Half, SourceState } from "./partFile.js";
import { type AnswerHeaders, shownUrl } from "./request.js";

/** What a server's answer brings. */
export type Answer =
  | { readonly kind: "all" | "rest"; readonly source: SourceState }
  /** Nothing is missing. */
  | { readonly kind: "whole" }
  /** What is there cannot be gone on with. */
  | { readonly kind: "anew"; readonly why: string };

interface Wanted {
  readonly url: URL;
  readonly bytes?: number | undefined;
  readonly sha256: string | undefined;
}

/** No model is larger; an answer that says no length could fill the disk. */
export const MOST_BYTES = 2 ** 34;
/** Milliseconds. A file that was changed less than this before the answer may change again under the same date. */
const SETTLED = 60_000;

/**
 * Judges an answer by its head (RFC 9110, 14 and 15).
 * @param half what is there, whose rest was asked for.
 * @throws MasksmithError `runtime`, `model`: another try would bring the same.
 */
export function judge(wanted: Wanted, half: Half | undefined, status: number, headers: AnswerHeaders): Answer {
  const url = shownUrl(wanted.url);
  const range = rangeOf(headers);
  if (half && status === 416) {
    const known = half.total === half.length || wanted.bytes === half.length || wanted.sha256 !== undefined;
    return known && range.total === half.length
      ? { kind: "whole" }
      : { kind: "anew", why: "the file there is another" };
  }
  if (half && status === 206) return rest(wanted, half, headers);
  if (status !== 200 && !(status === 206 && range.from === 0))
    throw new MasksmithError("runtime", `${url} answers ${status}, expected the file`);
  const total = range.total ?? lengthOf(headers);
  checkEncoding(url, headers);
  checkLength(wanted, total, headers);
  return { kind: "all", source: { url, mark: markOf(headers), total } };
}

function rest(wanted: Wanted, half: Half, headers: AnswerHeaders): Answer {
  const { from, total } = rangeOf(headers);
  const mark = markOf(headers);
  if (from !== half.length) return { kind: "anew", why: "it answers with a different part" };
  // A server that gives no mark with the rest is believed if a hash will tell.
  const sameMark = mark === half.mark || (mark === "" && wanted.sha256 !== undefined);
  const sameTotal = total === undefined || half.total === undefined || total === half.total;
  if (!sameMark || !sameTotal) return { kind: "anew", why: "the file there is another" };
  checkEncoding(half.url, headers);
  const { url } = half;
  return { kind: "rest", source: { url, mark: half.mark, total: half.total ?? total } };
}

function checkLength({ url, bytes, sha256 }: Wanted, total: number | undefined, headers: AnswerHeaders): void {
  const shown = shownUrl(url);
  if (bytes !== undefined && total !== undefined && total !== bytes)
    throw new MasksmithError("model", `${shown} has ${total} bytes, expected ${bytes}`);
  if (total !== undefined && total > MOST_BYTES)
    throw new MasksmithError("model", `${shown} has ${total} bytes, at most ${MOST_BYTES} were expected`);
  const showsItsEnd = total !== undefined || /\bchunked\b/i.test(String(headers["transfer-encoding"]));
  if (!showsItsEnd && bytes === undefined && sha256 === undefined) {
    const needed = "nothing tells whether it is whole: give its --sha256";
    throw new MasksmithError("runtime", `${shown} does not say how long it is, and ${needed}`);
  }
}

/** Bytes that are packed for the way are not the file's. */
function checkEncoding(url: string, { "content-encoding": encoding = "identity" }: AnswerHeaders): void {
  if (encoding === "identity") return;
  throw new MasksmithError("runtime", `${url} answers with content encoding ${encoding}, expected the file as it is`);
}

/** A strong ETag, or a date that can be relied on; a weak ETag may stand for other bytes. "" for none. */
function markOf({ etag, "last-modified": modified, date }: AnswerHeaders): string {
  if (typeof etag === "string" && !etag.startsWith("W/")) return etag;
  if (typeof modified !== "string" || typeof date !== "string") return "";
  return Date.parse(date) - Date.parse(modified) >= SETTLED ? modified : "";
}

function rangeOf({ "content-range": text }: AnswerHeaders): { readonly from?: number; readonly total?: number } {
  const [, from, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(String(text)) ?? [];
  return {
    ...(from === undefined ? {} : { from: Number(from) }),
    ...(total === undefined || total === "*" ? {} : { total: Number(total) }),
  };
}

function lengthOf({ "content-length": text }: AnswerHeaders): number | undefined {
  return typeof text === "string" ? Number(text) : undefined;
}
