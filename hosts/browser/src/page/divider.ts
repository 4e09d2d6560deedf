/** Widths that the panel is made for, CSS pixels. */
const LEAST = 230;
const MOST = 620;
const USUAL = 320;
const STEP = 10;
const KEY = "panelWidth";

/** Keeps small values for the page. */
interface Keeper {
  readSetting(key: string): Promise<unknown>;
  writeSetting(key: string, value: unknown): Promise<void>;
}

/** Between picture and panel: dragged, or moved by arrow keys, it sets the panel's width, which the host remembers. */
export class PanelDivider {
  readonly #bar: HTMLElement;
  readonly #keeper: Keeper;
  #width = USUAL;

  constructor(bar: HTMLElement, keeper: Keeper) {
    this.#bar = bar;
    this.#keeper = keeper;
    bar.setAttribute("aria-valuemin", String(LEAST));
    bar.setAttribute("aria-valuemax", String(MOST));
    this.#show(USUAL);
    bar.addEventListener("pointerdown", (event) => this.#drag(event));
    bar.addEventListener("dblclick", () => this.#set(USUAL));
    bar.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Takes the width of an earlier visit. */
  async restore(): Promise<void> {
    const stored = await this.#keeper.readSetting(KEY);
    if (typeof stored === "number") this.#show(stored);
  }

  #drag(event: PointerEvent): void {
    if (event.button !== 0) return;
    const bar = this.#bar;
    const [from, width] = [event.clientX, this.#width];
    const drag = new AbortController();
    const { signal } = drag;
    bar.setPointerCapture(event.pointerId);
    bar.addEventListener("pointermove", ({ clientX }) => this.#show(width + from - clientX), { signal });
    bar.addEventListener(
      "lostpointercapture",
      () => {
        drag.abort();
        this.#set(this.#width);
      },
      { signal },
    );
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const widths: Readonly<Record<string, number>> = {
      ArrowLeft: this.#width + STEP,
      ArrowRight: this.#width - STEP,
      Home: LEAST,
      End: MOST,
    };
    const width = widths[event.key];
    if (width === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.#set(width);
  }

  #set(width: number): void {
    this.#show(width);
    void this.#keeper.writeSetting(KEY, this.#width);
  }

  #show(width: number): void {
    this.#width = Math.round(Math.min(MOST, Math.max(LEAST, width)));
    this.#bar.setAttribute("aria-valuenow", String(this.#width));
    document.documentElement.style.setProperty("--panel-width", `${this.#width}px`);
  }
}
