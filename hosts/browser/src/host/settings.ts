const PREFIX = "masksmith.";

/** Small values in the page's storage; where that is refused, for as long as the page lives. */
export class Settings {
  readonly #volatile = new Map<string, string>();

  read(key: string): unknown {
    const text = this.#stored(key) ?? this.#volatile.get(key);
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  write(key: string, value: unknown): void {
    const text = JSON.stringify(value);
    this.#volatile.set(key, text);
    try {
      localStorage.setItem(PREFIX + key, text);
    } catch {
      // Refused or full: the value lives as long as the page.
    }
  }

  #stored(key: string): string | undefined {
    try {
      return localStorage.getItem(PREFIX + key) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
