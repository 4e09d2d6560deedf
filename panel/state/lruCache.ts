/** Values by key; the least recently used ones are dropped when there are too many. */
export class LruCache<T> {
  readonly #values = new Map<string, T>();
  readonly #most: number;
  readonly #sizeOf: (value: T) => number;

  /** @param most sum of the sizes to keep, by default how many values; the newest is always kept. */
  constructor(most: number, sizeOf: (value: T) => number = () => 1) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  get(key: string): T | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.#makeNewest(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#makeNewest(key, value);
    let sum = 0;
    for (const kept of this.#values.values()) sum += this.#sizeOf(kept);
    for (const [oldest, kept] of this.#values) {
      if (sum <= this.#most || this.#values.size === 1) return;
      this.#values.delete(oldest);
      sum -= this.#sizeOf(kept);
    }
  }

  clear(): void {
    this.#values.clear();
  }

  /** A map keeps the order in which its keys came. */
  #makeNewest(key: string, value: T): void {
    this.#values.delete(key);
    this.#values.set(key, value);
  }
}
