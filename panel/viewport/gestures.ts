import type { CanvasPointer, CanvasWheel } from "./canvas.js";
import { Notches } from "./notches.js";
import { toDocument, type ViewTransform } from "./transform.js";

/** What gestures do; positions in CSS pixels of the element. */
export interface GestureTarget {
  readonly transform: ViewTransform;
  /** Whether there is a document, and whether a document point lies inside it. */
  contains(x: number, y: number): boolean;
  readonly hasPicture: boolean;
  zoomAt(factor: number, x: number, y: number): void;
  panBy(dx: number, dy: number): void;
  fit(): void;
  /** One document pixel on one CSS pixel. */
  actualSize(): void;
  pointer(event: CanvasPointer): void;
  /** True if the wheel with Alt is taken; else it zooms. */
  altWheel(event: CanvasWheel): boolean;
  /** A pan is possible or under way: the cursor should say so. */
  panning(state: "no" | "ready" | "active"): void;
}

/** Zoom of one wheel notch (120 units) and of one key press. */
const NOTCH = 1.2;
const KEY_ZOOM = 1.5;
const KEY_PAN = 64;

/**
 * Mouse, pen, touch and keys on a view. Wheel pans (shift: across), with control or command it zooms at the pointer, as does
 * pinching; with alt, too, unless the target takes it; space or the middle button drags the picture. With the focus, + and - zoom, 0 fits, 1 shows actual pixels,
 * control (or command) and arrows move; plain arrows are the panel's. All else is the target's `pointer`.
 */
export class Gestures {
  readonly #element: HTMLElement;
  readonly #target: GestureTarget;
  readonly #pointers = new Map<number, { x: number; y: number }>();
  readonly #off = new AbortController();
  readonly #notches = new Notches();
  #spaceDown = false;
  #over = false;
  /** The pointer that draws for the target; none while panning. */
  #drawing: number | null = null;
  #panning = false;

  constructor(element: HTMLElement, target: GestureTarget) {
    this.#element = element;
    this.#target = target;
    const { signal } = this.#off;
    element.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    element.addEventListener("pointermove", (event) => this.#move(event), { signal });
    element.addEventListener("pointerup", (event) => this.#up(event, "up"), { signal });
    element.addEventListener("pointercancel", (event) => this.#up(event, "cancel"), { signal });
    element.addEventListener("pointerleave", (event) => this.#leave(event), { signal });
    element.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    element.addEventListener("keydown", (event) => this.#key(event), { signal });
    element.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    window.addEventListener("keydown", (event) => this.#space(event, true), { signal });
    window.addEventListener("keyup", (event) => this.#space(event, false), { signal });
    window.addEventListener("blur", () => this.#releaseSpace(), { signal });
  }

  dispose(): void {
    this.#off.abort();
  }

  #down(event: PointerEvent): void {
    if (!this.#target.hasPicture) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, this.#at(event));
    const pan = this.#spaceDown || event.button === 1 || this.#pointers.size > 1;
    if (pan) {
      if (this.#drawing !== null) this.#emit("cancel", event);
      this.#drawing = null;
      this.#panning = true;
      this.#target.panning("active");
      event.preventDefault();
      return;
    }
    this.#drawing = event.pointerId;
    this.#emit("down", event);
  }

  #move(event: PointerEvent): void {
    this.#over = true;
    const before = this.#pointers.get(event.pointerId);
    if (this.#panning && before) {
      this.#drag(event, before);
      return;
    }
    if (this.#target.hasPicture) this.#emit("move", event);
  }

  /** One pointer drags; two move, and zoom by the change of their distance. */
  #drag(event: PointerEvent, before: { x: number; y: number }): void {
    const now = this.#at(event);
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.#pointers.set(event.pointerId, now);
    if (!other) {
      this.#target.panBy(now.x - before.x, now.y - before.y);
      return;
    }
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    const is = Math.hypot(now.x - other.x, now.y - other.y);
    this.#target.panBy((now.x - before.x) / 2, (now.y - before.y) / 2);
    if (was > 0) this.#target.zoomAt(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  #up(event: PointerEvent, type: "up" | "cancel"): void {
    this.#pointers.delete(event.pointerId);
    if (this.#drawing === event.pointerId) {
      this.#drawing = null;
      this.#emit(type, event);
    }
    if (this.#panning && this.#pointers.size === 0) {
      this.#panning = false;
      this.#target.panning(this.#spaceDown ? "ready" : "no");
    }
  }

  #leave(event: PointerEvent): void {
    this.#over = false;
    if (this.#target.hasPicture && this.#drawing === null && !this.#panning) this.#emit("leave", event);
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit =
      event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 40 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
    const { x, y } = this.#at(event);
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey && !command) {
      const notch = this.#notches.take((event.deltaY || event.deltaX) * unit, event.timeStamp);
      if (this.#target.altWheel({ point: toDocument(this.#target.transform, x, y), notch })) return;
    }
    if (command || event.altKey) {
      // A pinch on a touchpad comes as a wheel with control and small steps.
      const steps = (event.deltaY || event.deltaX) * unit * (Math.abs(event.deltaY) < 30 ? 4 : 1);
      this.#target.zoomAt(NOTCH ** (-steps / 120), x, y);
    } else if (event.shiftKey && event.deltaX === 0) this.#target.panBy(-event.deltaY * unit, 0);
    else this.#target.panBy(-event.deltaX * unit, -event.deltaY * unit);
  }

  #key(event: KeyboardEvent): void {
    const command = event.ctrlKey || event.metaKey;
    if (event.altKey || !this.#target.hasPicture) return;
    const action = command ? this.#panKeys()[event.key] : this.#zoomKeys()[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  #zoomKeys(): Record<string, () => void> {
    const target = this.#target;
    const x = this.#element.clientWidth / 2;
    const y = this.#element.clientHeight / 2;
    const zoomIn = () => target.zoomAt(KEY_ZOOM, x, y);
    return {
      "+": zoomIn,
      "=": zoomIn,
      "-": () => target.zoomAt(1 / KEY_ZOOM, x, y),
      "0": () => target.fit(),
      "1": () => target.actualSize(),
    };
  }

  #panKeys(): Record<string, () => void> {
    const target = this.#target;
    return {
      ArrowLeft: () => target.panBy(KEY_PAN, 0),
      ArrowRight: () => target.panBy(-KEY_PAN, 0),
      ArrowUp: () => target.panBy(0, KEY_PAN),
      ArrowDown: () => target.panBy(0, -KEY_PAN),
    };
  }

  /** Space works while the pointer is over the picture, unless a control has the focus and wants it. */
  #space(event: KeyboardEvent, down: boolean): void {
    if (event.code !== "Space") return;
    if (!down) {
      this.#releaseSpace();
      return;
    }
    const focus = event.composedPath()[0];
    const free = focus === document.body || focus === document.documentElement || focus === this.#element;
    if (!free || (!this.#over && focus !== this.#element)) return;
    event.preventDefault();
    if (this.#spaceDown) return;
    this.#spaceDown = true;
    if (!this.#panning) this.#target.panning("ready");
  }

  #releaseSpace(): void {
    if (!this.#spaceDown) return;
    this.#spaceDown = false;
    if (!this.#panning) this.#target.panning("no");
  }

  #emit(type: CanvasPointer["type"], event: PointerEvent): void {
    const { transform } = this.#target;
    const { x, y } = this.#at(event);
    const point = toDocument(transform, x, y);
    this.#target.pointer({
      type,
      point,
      inside: this.#target.contains(point.x, point.y),
      pressed: this.#drawing === event.pointerId,
      button: event.button,
      altKey: event.altKey,
      shiftKey: event.shiftKey,
      commandKey: event.ctrlKey || event.metaKey,
      pressure: event.pressure,
      documentPixelsPerPixel: 1 / transform.scale,
    });
  }

  #at(event: MouseEvent): { x: number; y: number } {
    const bounds = this.#element.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  }
}
