/** Typed arrays that may cross; each is replaced in the JSON by its place among the message's bytes. */
const ARRAYS = { u8: Uint8Array, u8c: Uint8ClampedArray, u32: Uint32Array } as const;
type ArrayName = keyof typeof ARRAYS;
export type Bytes = Uint8Array<ArrayBufferLike>;

const KEY = "$bytes";
/** Deeper or larger JSON than this is not ours. */
const DEPTH = 24;

/** A value as JSON and the bytes it had. `undefined` members vanish as in JSON. */
export interface Packed {
  readonly json: string;
  readonly bytes: readonly Bytes[];
}

export function pack(value: unknown): Packed {
  const bytes: Bytes[] = [];
  const body = JSON.stringify(value, (_, member) => {
    const name = arrayName(member);
    if (!name) return member;
    const { buffer, byteOffset, byteLength } = member as Uint8Array;
    bytes.push(new Uint8Array(buffer, byteOffset, byteLength));
    return { [KEY]: [name, bytes.length - 1] };
  });
  const json = JSON.stringify({ body: body ?? "null", sizes: bytes.map(({ length }) => length) });
  return { json, bytes };
}

/** The sizes of a packed message's byte strings and its body. @throws Error if it is not one. */
export function readHead(json: string): { body: string; sizes: readonly number[] } {
  const head = JSON.parse(json) as { body?: unknown; sizes?: unknown };
  const { body, sizes } = head ?? {};
  if (typeof body !== "string" || !Array.isArray(sizes)) throw new Error("not a message");
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) throw new Error("not a message");
  return { body, sizes };
}

/** @throws Error if the body names bytes that did not come. */
export function unpack(body: string, bytes: readonly Bytes[]): unknown {
  return revive(JSON.parse(body), bytes, DEPTH);
}

function revive(value: unknown, bytes: readonly Bytes[], depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) throw new Error("nested too deeply");
  if (Array.isArray(value)) return value.map((member) => revive(member, bytes, depth - 1));
  if (Object.hasOwn(value, KEY)) return view((value as Readonly<Record<string, unknown>>)[KEY], bytes);
  // Without a prototype's setters: a key "__proto__" stays a plain member.
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revive(member, bytes, depth - 1)]));
}

function view(reference: unknown, bytes: readonly Bytes[]): Uint8Array | Uint8ClampedArray | Uint32Array {
  if (!Array.isArray(reference) || reference.length !== 2) throw new Error("not a byte string");
  const [name, index] = reference as [unknown, unknown];
  const found = typeof index === "number" ? bytes[index] : undefined;
  if (!found || typeof name !== "string" || !Object.hasOwn(ARRAYS, name)) throw new Error("not a byte string");
  const Type = ARRAYS[name as ArrayName];
  return new Type(found.buffer as ArrayBuffer, found.byteOffset, found.byteLength / Type.BYTES_PER_ELEMENT);
}

/** By its tag: an array may come from another realm. */
function arrayName(value: unknown): ArrayName | null {
  if (typeof value !== "object" || value === null) return null;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  for (const name of ["u8", "u8c", "u32"] as const) if (ARRAYS[name].name === tag) return name;
  return null;
}
