import type { AnswerStep } from "@masksmith/core";
import { EMPTY_SCENE, type Scene, ScenePainter } from "../paint/index.js";
import type { PanelSession, Settings, Spot } from "../session/index.js";
import type { Bounds, PromptAct, XY } from "../state/index.js";
import {
  type CrosshairKey,
  commandOf,
  crosshairOf,
  type Gesture,
  PointerTools,
  type ToolTarget,
} from "../tools/index.js";
import { type CanvasWheel, type DocumentCanvas, isTaken } from "../viewport/index.js";
import { sceneOf } from "./scene.js";

/** CSS pixels an arrow key moves the crosshair. */
const STEP = 16;
/** CSS pixels around a point that are the same place: its mark's own radius, so that its mark can be clicked. */
const SAME_PLACE = 7;

/** Joins the session to the picture: paints it, and turns pointer and keys into its acts. */
export class CanvasController implements ToolTarget {
  readonly #session: PanelSession;
  readonly #canvas: DocumentCanvas;
  readonly #panel: HTMLElement & { settingsOpen: boolean };
  readonly #painter: ScenePainter;
  readonly #tools: PointerTools;
  readonly #stops: (() => void)[] = [];
  #gesture: Gesture | null = null;
  #crosshair: XY | null = null;
  #corner: XY | null = null;
  #hidden = false;
  #queued = false;

  constructor(session: PanelSession, canvas: DocumentCanvas, panel: HTMLElement & { settingsOpen: boolean }) {
    this.#session = session;
    this.#canvas = canvas;
    this.#panel = panel;
    this.#painter = new ScenePainter(() => canvas.invalidate());
    canvas.overlay = this.#painter;
    this.#tools = new PointerTools(canvas, this);
    const { settings, work, answering, preview, outputs, refining, document: open, proposals } = session;
    const stores = [
      settings,
      work.history,
      answering.answers,
      preview.hover,
      outputs.applied,
      refining.results,
      open.picture,
      proposals.result,
      proposals.hovered,
    ];
    for (const store of stores) this.#stops.push(store.subscribe(() => this.#repaint()));
    this.#stops.push(canvas.onAltWheel((event) => this.#onAltWheel(event)));
    const onKey = (event: KeyboardEvent) => this.#onKey(event);
    document.addEventListener("keydown", onKey);
    this.#stops.push(() => document.removeEventListener("keydown", onKey));
    this.#repaint();
  }

  dispose(): void {
    this.#tools.dispose();
    for (const stop of this.#stops) stop();
    this.#canvas.overlay = null;
  }

  tool() {
    const { document } = this.#session;
    const { mode, tool, brushSize } = this.#session.settings.value;
    if (!document) return null;
    if (mode === "objects") return { kind: "pick" as const, brushSize };
    return tool === "navigate" ? null : { kind: tool, brushSize };
  }

  extent() {
    return this.#session.document.current;
  }

  hoverAt(at: XY, foreground: boolean): void {
    this.#crosshair = null;
    this.#session.prompts.hoverAt(this.#spot(at, foreground));
  }

  pressAt(at: XY, foreground: boolean, newObject: boolean): void {
    this.#session.prompts.pressAt(this.#spot(at, foreground, newObject));
  }

  hoverEnd(): void {
    this.#session.preview.clear();
  }

  prompt(act: PromptAct, newObject: boolean): void {
    const { prompts } = this.#session;
    if (act.kind === "point") prompts.click(this.#spot(act.at, act.foreground, newObject));
    else prompts.add(act, newObject);
  }

  pick(at: XY, extend: boolean): void {
    this.#session.proposals.pick(at, extend);
  }

  showGesture(gesture: Gesture | null): void {
    this.#gesture = gesture;
    this.#repaint();
  }

  #spot(at: XY, foreground: boolean, newObject = false): Spot {
    return { at, foreground, newObject, reach: SAME_PLACE / this.#canvas.transform.scale };
  }

  /** Over the object that is worked on the wheel steps through its answers; elsewhere it zooms. */
  #onAltWheel({ point, notch }: CanvasWheel): boolean {
    const { objects, settings } = this.#session;
    if (this.#hidden || settings.value.mode === "objects" || !objects.canStepAt(point)) return false;
    if (notch !== 0) objects.stepAnswer(notch > 0 ? "larger" : "smaller");
    return true;
  }

  /** Paints once a frame, however many stores change. */
  #repaint(): void {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      this.#painter.scene = this.#scene();
      const tool = this.tool();
      this.#canvas.cursor = tool === null ? "grab" : tool.kind === "pick" ? "pointer" : "crosshair";
      this.#canvas.invalidate();
      this.#painter.prepare(this.#canvas.transform);
    });
  }

  #scene(): Scene {
    const gesture = this.#gesture;
    return {
      ...(this.#hidden ? EMPTY_SCENE : sceneOf(this.#session)),
      crosshair: this.#crosshair,
      dragged: gesture?.box ?? this.#cornerBox(),
      stroke: gesture && gesture.line.length > 0 ? gesture : null,
    };
  }

  #onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTaken(event)) return;
    const isFree = this.#isFree(event);
    const crosshair = isFree ? crosshairOf(event) : null;
    if (crosshair && this.#session.document.current && this.tool() !== null) {
      event.preventDefault();
      this.#onCrosshair(crosshair);
      return;
    }
    const command = commandOf(event);
    if (!command || (NEAR.has(command) && !isFree && !event.composedPath().includes(this.#panel))) return;
    if (this.#run(command)) event.preventDefault();
  }

  /** Whether the picture or nothing has the focus; any control, of the panel or not, has its own use for keys. */
  #isFree(event: KeyboardEvent): boolean {
    const [focus] = event.composedPath();
    return focus === this.#canvas.element || focus === document.body || focus === document.documentElement;
  }

  #run(command: NonNullable<ReturnType<typeof commandOf>>): boolean {
    const session = this.#session;
    const { settings } = session;
    const tool = TOOL_COMMANDS[command];
    const step = this.#answerStep(command);
    if (tool) settings.update({ tool });
    else if (step) return this.#stepAnswer(step);
    else if (command === "undo") session.work.undo();
    else if (command === "redo") session.work.redo();
    else if (command === "new-object") session.objects.startNew();
    else if (command === "remove-object") session.objects.removeActive();
    else if (command === "apply") void session.outputs.apply();
    else if (command === "smaller") settings.update({ brushSize: Math.max(4, settings.value.brushSize - 4) });
    else if (command === "larger") settings.update({ brushSize: Math.min(120, settings.value.brushSize + 4) });
    else if (command === "all-objects") session.proposals.findAll();
    else if (command === "next-picture") return this.#stepPicture(1);
    else if (command === "previous-picture") return this.#stepPicture(-1);
    else if (command === "help") this.#panel.settingsOpen = !this.#panel.settingsOpen;
    else if (command === "toggle-overlay") {
      this.#hidden = !this.#hidden;
      this.#repaint();
    } else if (command === "escape") this.#escape();
    else return false;
    return true;
  }

  #answerStep(command: NonNullable<ReturnType<typeof commandOf>>): AnswerStep | undefined {
    const hasBrush = this.#session.settings.value.tool === "brush";
    return hasBrush && (command === "smaller" || command === "larger") ? undefined : ANSWER_STEPS[command];
  }

  /** Not among all objects, where no answer is shown. */
  #stepAnswer(step: AnswerStep): boolean {
    const isShown = this.#session.settings.value.mode !== "objects";
    if (isShown) this.#session.objects.stepAnswer(step);
    return isShown;
  }

  /** False without a folder of pictures: then the keys scroll. */
  #stepPicture(by: 1 | -1): boolean {
    const { names } = this.#session.labelling.progress.value;
    if (names.length > 0) void this.#session.labelling.stepPicture(by);
    return names.length > 0;
  }

  #escape(): void {
    this.#corner = null;
    this.#crosshair = null;
    if (!this.#tools.cancel()) this.#session.objects.startNew();
    this.#repaint();
  }

  #onCrosshair(key: CrosshairKey): void {
    const { current } = this.#session.document;
    if (!current) return;
    const at = this.#crosshair ?? { x: current.width / 2, y: current.height / 2 };
    const { mode } = this.#session.settings.value;
    if (key.kind === "move") {
      const step = key.fine ? 1 : STEP / this.#canvas.transform.scale;
      const clamp = (value: number, most: number) => Math.min(Math.max(Math.round(value), 0), most);
      this.#crosshair = {
        x: clamp(at.x + key.dx * step, current.width),
        y: clamp(at.y + key.dy * step, current.height),
      };
      if (mode !== "objects") this.#session.prompts.hoverAt(this.#spot(this.#crosshair, true));
      this.#session.reporter.speak(`${this.#crosshair.x}, ${this.#crosshair.y}`);
    } else if (mode === "objects") this.pick(at, false);
    else if (key.kind === "place") {
      this.#crosshair = at;
      this.prompt({ kind: "point", at, foreground: key.foreground }, false);
    } else this.#placeCorner(at);
    this.#repaint();
  }

  #placeCorner(at: XY): void {
    this.#crosshair = at;
    const box = this.#cornerBox();
    if (!box) {
      this.#corner = at;
      this.#session.reporter.speak("First corner placed. Move the crosshair and press X again.");
      return;
    }
    this.#corner = null;
    this.prompt({ kind: "box", box }, false);
  }

  #cornerBox(): Bounds | null {
    const [a, b] = [this.#corner, this.#crosshair];
    if (!a || !b || a.x === b.x || a.y === b.y) return null;
    return { x0: Math.min(a.x, b.x), y0: Math.min(a.y, b.y), x1: Math.max(a.x, b.x), y1: Math.max(a.y, b.y) };
  }
}

/** Commands whose keys mean something else to controls outside the panel. */
const NEAR: ReadonlySet<string> = new Set(["escape", "remove-object"]);

const TOOL_COMMANDS: Readonly<Record<string, Settings["tool"] | undefined>> = {
  "tool-point": "point",
  "tool-box": "box",
  "tool-lasso": "lasso",
  "tool-brush": "brush",
};

const ANSWER_STEPS: Readonly<Record<string, AnswerStep | undefined>> = {
  smaller: "smaller",
  larger: "larger",
  "smaller-answer": "smaller",
  "larger-answer": "larger",
  "next-answer": "next",
  "previous-answer": "previous",
};
