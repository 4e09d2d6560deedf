/** What marks our messages among others on the same window. */
export const MARK = "masksmith/1";

/** How deep a host may wrap a message in envelopes of its own. */
const DEPTH = 4;

/** Text longer than this is no message of ours: parts are at most 1 MB, with their escapes. */
const LONGEST = 1 << 20;

/**
 * The text of ours that a message event carries, wherever the host put it: the payload lies in `data` or `message`, plain
 * or inside an envelope of the host's, as a string or as what JSON made of it. Null if there is none.
 */
export function findPayload(event: unknown): string | null {
  return search(event, DEPTH);
}

function search(value: unknown, depth: number): string | null {
  if (typeof value === "string") return value.length <= LONGEST ? fromText(value, depth) : null;
  if (typeof value !== "object" || value === null || depth === 0) return null;
  if (read(value, "masksmith") === MARK) return encoded(value);
  for (const key of ["data", "message", "detail", "payload", "value"]) {
    const found = search(read(value, key), depth - 1);
    if (found !== null) return found;
  }
  return null;
}

function fromText(text: string, depth: number): string | null {
  if (!text.includes(MARK)) return null;
  const value = parse(text);
  if (typeof value === "string") return depth > 0 ? fromText(value, depth - 1) : null;
  if (typeof value !== "object" || value === null) return null;
  return read(value, "masksmith") === MARK ? text : search(value, depth - 1);
}

/** A hostile object may throw from a getter. */
function read(value: object, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch {
    return undefined;
  }
}

function encoded(value: object): string | null {
  try {
    return JSON.stringify(value) ?? null;
  } catch {
    return null;
  }
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const ORIGINS = /^(plugin|plugin-data|plugin-temp|file|uxp|uxp-internal):/;

/**
 * Whether a message may come from our own page. What a packaged page's origin reads is not documented, so everything local
 * is let through (the session's nonce decides); a page from the network never is.
 */
export function isLocalOrigin(origin: unknown): boolean {
  if (typeof origin !== "string" || origin === "" || origin === "null") return true;
  return ORIGINS.test(origin) || !origin.includes(":");
}
