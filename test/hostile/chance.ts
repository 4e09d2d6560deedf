/** Repeatable chance (Mulberry32): the same seed gives the same input, so that a find can be seen again. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** True once in `every` times. */
  rarely(every: number): boolean {
    return this.below(every) === 0;
  }
}

const WORDS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** A file damaged in a few places: bytes changed, numbers made extreme, stretches cut out, doubled or cleared. */
export function damaged(file: Uint8Array, chance: Chance): Uint8Array<ArrayBuffer> {
  let bytes = Buffer.from(file);
  for (let i = 1 + chance.below(4); i > 0 && bytes.length > 8; i--) {
    const at = chance.below(bytes.length - 4);
    const length = 1 + chance.below(Math.min(64, bytes.length - at));
    const ways = [
      () => bytes.writeUInt8(chance.below(256), at),
      () => bytes.writeUInt32BE(chance.pick(WORDS), at),
      () => bytes.writeUInt32LE(chance.pick(WORDS), at),
      () => bytes.writeUInt16BE(chance.pick(WORDS) & 0xffff, at),
      () => bytes.fill(chance.pick([0, 255]), at, at + length),
      () => {
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
      },
      () => {
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
      },
      () => {
        if (chance.rarely(3)) bytes = bytes.subarray(0, at);
      },
    ];
    chance.pick(ways)();
  }
  return new Uint8Array(bytes);
}

/** A JSON text with a few values replaced, removed or doubled; at times damaged as a text. */
export function damagedJson(text: string, chance: Chance): string {
  const value = JSON.parse(text);
  for (let i = 1 + chance.below(3); i > 0; i--) damageIn(value, chance);
  const damagedText = JSON.stringify(value) ?? "";
  if (!chance.rarely(4)) return damagedText;
  return new TextDecoder().decode(damaged(new TextEncoder().encode(damagedText), chance));
}

function damageIn(root: unknown, chance: Chance): void {
  let at = root;
  for (;;) {
    if (typeof at !== "object" || at === null) return;
    const holder = at as Record<string, unknown>;
    const key = chance.pick(Object.keys(holder));
    if (key === undefined) return;
    const inner = holder[key];
    if (typeof inner === "object" && inner !== null && !chance.rarely(4)) {
      at = inner;
      continue;
    }
    const way = chance.below(5);
    if (way === 0) delete holder[key];
    else if (way === 1) holder[chance.pick(["__proto__", "constructor", "toString", "", key.toUpperCase()])] = inner;
    else holder[key] = hostileValue(chance);
    return;
  }
}

function hostileValue(chance: Chance): unknown {
  const values: readonly (() => unknown)[] = [
    () => null,
    () => true,
    () => chance.pick([0, -1, 1.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 400_000_000]),
    () => chance.pick(["", "a", "../../x", "\u0000", "\u202e", " ".repeat(100_000), "9".repeat(400), "NaN"]),
    () => [],
    () => ({}),
    () => Array.from({ length: chance.below(200) }, () => chance.below(2 ** 31)),
    () => nested(chance.below(3000)),
    () => ({
      size: [chance.pick([1, 2 ** 31, 400_000_000]), chance.pick([1, 400_000_000])],
      counts: chance.pick(["", "\\", "1P", "o".repeat(5000)]),
    }),
  ];
  return chance.pick(values)();
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
