import type { Bounds, PromptAct, XY } from "../state/index.js";
import type { CanvasPointer, DocumentCanvas } from "../viewport/index.js";
import { boundsOf, brushPrompts, clampBounds, lassoPrompts } from "./strokes.js";

/** What pointer gestures mean to the panel. */
export interface ToolTarget {
  /** The tool in use and what it draws with; null: gestures are the page's (nothing open, or navigation). */
  tool(): { readonly kind: "point" | "box" | "lasso" | "brush" | "pick"; readonly brushSize: number } | null;
  extent(): { readonly width: number; readonly height: number } | null;
  hoverAt(at: XY, foreground: boolean): void;
  hoverEnd(): void;
  /** The button went down where a click may follow. */
  pressAt(at: XY, foreground: boolean, newObject: boolean): void;
  prompt(act: PromptAct, newObject: boolean): void;
  /** A click among all objects. */
  pick(at: XY, extend: boolean): void;
  showGesture(gesture: Gesture | null): void;
}

export interface Gesture {
  readonly line: readonly XY[];
  readonly width: number;
  readonly closed: boolean;
  readonly box: Bounds | null;
}

/** A press that moves farther than this, CSS pixels, is a drag. */
const DRAG_PIXELS = 5;

interface Press {
  readonly kind: "point" | "box" | "lasso" | "brush" | "pick";
  readonly start: XY;
  readonly foreground: boolean;
  readonly newObject: boolean;
  readonly shift: boolean;
  line: XY[];
  /** CSS brush size in document pixels at the zoom of the press. */
  readonly brush: number;
  dragged: boolean;
}

/** Turns the pointer's acts on the canvas into hovers, prompts and picks. A drag with the point tool is a box. */
export class PointerTools {
  readonly #target: ToolTarget;
  readonly #stop: () => void;
  #press: Press | null = null;

  constructor(canvas: DocumentCanvas, target: ToolTarget) {
    this.#target = target;
    this.#stop = canvas.onPointer((event) => this.#on(event));
  }

  dispose(): void {
    this.#stop();
  }

  /** Forgets a gesture under way; true if there was one. */
  cancel(): boolean {
    const had = this.#press !== null;
    this.#press = null;
    this.#target.showGesture(null);
    return had;
  }

  #on(event: CanvasPointer): void {
    const tool = this.#target.tool();
    if (!tool) return;
    switch (event.type) {
      case "down":
        if (event.button === 0 && event.inside) this.#down(event, tool);
        return;
      case "move":
        if (this.#press) this.#drag(event);
        else if (event.inside && tool.kind === "point") this.#target.hoverAt(clean(event.point), !event.altKey);
        else this.#target.hoverEnd();
        return;
      case "up":
        this.#up();
        return;
      case "leave":
        this.#target.hoverEnd();
        return;
      case "cancel":
        this.cancel();
    }
  }

  #down(event: CanvasPointer, tool: NonNullable<ReturnType<ToolTarget["tool"]>>): void {
    const start = clean(event.point);
    this.#press = {
      kind: tool.kind,
      start,
      foreground: !event.altKey,
      newObject: event.commandKey,
      shift: event.shiftKey,
      line: [start],
      brush: tool.brushSize * event.documentPixelsPerPixel,
      dragged: false,
    };
    if (tool.kind === "brush") this.#show(this.#press);
    if (tool.kind === "point") this.#target.pressAt(start, this.#press.foreground, this.#press.newObject);
  }

  #drag(event: CanvasPointer): void {
    const press = this.#press!;
    const at = this.#within(event.point);
    const moved = Math.hypot(at.x - press.start.x, at.y - press.start.y) / event.documentPixelsPerPixel;
    if (!press.dragged && moved < DRAG_PIXELS) return;
    press.dragged = true;
    this.#target.hoverEnd();
    if (press.kind === "point" || press.kind === "box") press.line = [press.start, at];
    else press.line.push(at);
    this.#show(press);
  }

  #show(press: Press): void {
    const isBox = press.kind === "point" || press.kind === "box";
    if (press.kind === "pick") return;
    this.#target.showGesture({
      line: isBox ? [] : press.line,
      width: press.kind === "brush" ? press.brush : 0,
      closed: press.kind === "lasso",
      box: isBox ? boundsOf(press.line) : null,
    });
  }

  #up(): void {
    const press = this.#press;
    this.#press = null;
    this.#target.showGesture(null);
    if (!press) return;
    if (press.kind === "pick") {
      if (!press.dragged) this.#target.pick(press.start, press.shift);
      return;
    }
    const act = this.#actOf(press);
    if (act) this.#target.prompt(act, press.newObject);
  }

  #actOf(press: Press): PromptAct | null {
    const { kind, start, foreground } = press;
    const { width, height } = this.#target.extent() ?? { width: 0, height: 0 };
    if (kind === "brush") return withBox(brushPrompts(press.line, press.brush, foreground), width, height);
    if (!press.dragged) return { kind: "point", at: start, foreground };
    if (kind === "lasso") return withBox(lassoPrompts(press.line, foreground), width, height);
    const bounds = boundsOf(press.line);
    const box = bounds && clampBounds(bounds, width, height);
    return box ? { kind: "box", box } : { kind: "point", at: start, foreground };
  }

  #within(at: XY): XY {
    const { width, height } = this.#target.extent() ?? { width: 0, height: 0 };
    return clean({ x: Math.min(Math.max(at.x, 0), width), y: Math.min(Math.max(at.y, 0), height) });
  }
}

function withBox<T extends Extract<PromptAct, { kind: "stroke" }>>(
  act: T | null,
  width: number,
  height: number,
): T | null {
  return act && { ...act, box: act.box && clampBounds(act.box, width, height) };
}

/** A hundredth of a pixel is more than a pointer knows, and keeps stored prompts short. */
function clean({ x, y }: XY): XY {
  return { x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 };
}
