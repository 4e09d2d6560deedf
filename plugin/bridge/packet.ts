import { MARK, parse } from "./payload.js";

/** Which side speaks. */
export type Side = "host" | "page";

/**
 * What crosses the bridge, one JSON string each. `hello` and `welcome` agree on a session; everything else names it.
 * A message travels as numbered parts, each acknowledged; the first `heads` parts are its JSON, the others its bytes.
 */
export type Packet =
  | { readonly kind: "hello"; readonly page: string }
  | { readonly kind: "welcome"; readonly page: string; readonly session: string }
  | { readonly kind: "alive"; readonly session: string; readonly from: Side }
  | ({ readonly kind: "part"; readonly session: string; readonly from: Side } & Part)
  | {
      readonly kind: "ack";
      readonly session: string;
      readonly from: Side;
      readonly message: number;
      readonly part: number;
    };

export interface Part {
  readonly message: number;
  readonly part: number;
  readonly parts: number;
  readonly heads: number;
  readonly text: string;
}

/** Bytes of one part: its base64 with the frame around it stays below 1 MB. */
export const PART_BYTES = 720 * 1024;
/** Characters of JSON in one part: escaped again they may be six times as many. */
export const PART_CHARS = 160_000;
/** Longest message: about 500 MB, far more than the largest picture or mask we send. */
export const MOST_PARTS = 700;

export function writePacket(packet: Packet): string {
  return JSON.stringify({ masksmith: MARK, ...packet });
}

/** The packet in a text, or null if it is not exactly one of ours. Nothing in it is trusted beyond its form. */
export function readPacket(text: string): Packet | null {
  const value = parse(text) as Readonly<Record<string, unknown>> | undefined;
  if (typeof value !== "object" || value === null || value.masksmith !== MARK) return null;
  const { kind, page, session, from } = value;
  if (kind === "hello") return isNonce(page) ? { kind, page } : null;
  if (!isNonce(session)) return null;
  if (kind === "welcome") return isNonce(page) ? { kind, page, session } : null;
  if (from !== "host" && from !== "page") return null;
  if (kind === "alive") return { kind, session, from };
  const { message, part } = value;
  if (!isCount(message, Number.MAX_SAFE_INTEGER) || !isCount(part, MOST_PARTS)) return null;
  if (kind === "ack") return { kind, session, from, message, part };
  return kind === "part" ? readPart(value, { kind, session, from }, message, part) : null;
}

function readPart(
  { parts, heads, text }: Readonly<Record<string, unknown>>,
  base: { readonly kind: "part"; readonly session: string; readonly from: Side },
  message: number,
  part: number,
): Packet | null {
  if (!isCount(parts, MOST_PARTS) || !isCount(heads, MOST_PARTS) || typeof text !== "string") return null;
  if (heads < 1 || heads > parts || part >= parts) return null;
  return { ...base, message, part, parts, heads, text };
}

function isNonce(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

function isCount(value: unknown, limit: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= limit;
}

interface RandomSource {
  readonly crypto?: { getRandomValues(bytes: Uint8Array): Uint8Array };
}

/** 128 random bits in hex. */
export function newNonce(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as RandomSource;
  if (crypto) crypto.getRandomValues(bytes);
  else for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(Math.random() * 256);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
