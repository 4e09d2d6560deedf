/** One undo step: what was done and the state it led to. */
interface Entry<T> {
  /** Never reused. */
  readonly step: number;
  readonly label: string;
  readonly state: T;
}

export interface HistoryOptions<T> {
  /** Most steps that can be undone. */
  readonly steps: number;
  /** Bytes the other states may hold beyond the present one before the oldest are dropped. */
  readonly bytes: number;
  /** The buffers of a state, shared ones included. */
  readonly buffers: (state: T) => Iterable<ArrayBufferView>;
}

/** Undo and redo over immutable states that share what did not change. */
export class History<T> {
  #entries: Entry<T>[];
  #index = 0;
  #steps = 0;
  readonly #options: HistoryOptions<T>;

  constructor(label: string, state: T, options: HistoryOptions<T>) {
    this.#entries = [{ step: 0, label, state }];
    this.#options = options;
  }

  get state(): T {
    return this.#entries[this.#index].state;
  }

  /** All steps, the oldest kept first; `index` is the present one. */
  get labels(): readonly string[] {
    return this.#entries.map(({ label }) => label);
  }

  get index(): number {
    return this.#index;
  }

  /** Tells the present step from all others, those dropped or undone for good included; changing its state keeps it. */
  get step(): number {
    return this.#entries[this.#index].step;
  }

  /** A new step; what had been undone is gone. */
  push(label: string, state: T): void {
    this.#entries.length = this.#index + 1;
    this.#entries.push({ step: ++this.#steps, label, state });
    this.#index++;
    while (this.#entries.length > 1 && this.#isTooMuch()) {
      this.#entries.shift();
      this.#index--;
    }
  }

  /** Changes the present state without a step of its own. */
  amend(state: T): void {
    this.#entries[this.#index] = { ...this.#entries[this.#index], state };
  }

  /** Goes to a step by its index; false if there is none. */
  go(index: number): boolean {
    if (!(index in this.#entries) || index === this.#index) return false;
    this.#index = index;
    return true;
  }

  /** Bytes of all states but the present, each buffer once, those shared with the present not at all. */
  get extraBytes(): number {
    const present = new Set<ArrayBufferLike>();
    for (const { buffer } of this.#options.buffers(this.state)) present.add(buffer);
    const others = new Map<ArrayBufferLike, number>();
    for (const { state } of this.#entries) {
      for (const { buffer } of this.#options.buffers(state)) {
        if (!present.has(buffer)) others.set(buffer, buffer.byteLength);
      }
    }
    return [...others.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  #isTooMuch(): boolean {
    return this.#entries.length > this.#options.steps + 1 || this.extraBytes > this.#options.bytes;
  }
}
