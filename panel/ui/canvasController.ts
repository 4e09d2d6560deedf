import { EMPTY_SCENE, type PaintedMask, type Scene, ScenePainter } from "../paint/index.js";
import type { PanelSession, Settings } from "../session/index.js";
import type { Bounds, PanelObject, PromptAct, XY } from "../state/index.js";
import {
  type CrosshairKey,
  commandOf,
  crosshairOf,
  type Gesture,
  PointerTools,
  type ToolTarget,
} from "../tools/index.js";
import { type DocumentCanvas, isTaken } from "../viewport/index.js";

/** CSS pixels an arrow key moves the crosshair. */
const STEP = 16;

/** Joins the session to the picture: paints it, and turns pointer and keys into its acts. */
export class CanvasController implements ToolTarget {
  readonly #session: PanelSession;
  readonly #canvas: DocumentCanvas;
  readonly #panel: HTMLElement & { settingsOpen: boolean };
  readonly #painter = new ScenePainter();
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
    canvas.overlay = this.#painter;
    this.#painter.more = () => canvas.invalidate();
    this.#tools = new PointerTools(canvas, this);
    const { settings, work, answers, preview, picture, proposer, refiner } = session;
    const stores = [
      settings.settings,
      work.history,
      answers.answers,
      preview.hover,
      session.applied,
      refiner.results,
      picture.picture,
      proposer.result,
      proposer.hovered,
    ];
    for (const store of stores) this.#stops.push(store.subscribe(() => this.#repaint()));
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
    const { mode, tool, brushSize } = this.#session.settings.settings.value;
    if (!document) return null;
    if (mode === "objects") return { kind: "pick" as const, brushSize };
    return tool === "navigate" ? null : { kind: tool, brushSize };
  }

  extent() {
    return this.#session.document;
  }

  hoverAt(at: XY, foreground: boolean): void {
    this.#crosshair = null;
    this.#session.hoverAt(at, foreground);
  }

  pressAt(at: XY, foreground: boolean, newObject: boolean): void {
    this.#session.pressAt(at, foreground, newObject);
  }

  hoverEnd(): void {
    this.#session.preview.clear();
  }

  prompt(act: PromptAct, newObject: boolean): void {
    this.#session.prompt(act, newObject);
  }

  pick(at: XY, extend: boolean): void {
    this.#session.proposer.pick(at, extend);
  }

  showGesture(gesture: Gesture | null): void {
    this.#gesture = gesture;
    this.#repaint();
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
    const { settings, work } = this.#session;
    const gesture = this.#gesture;
    const own = {
      crosshair: this.#crosshair,
      dragged: gesture?.box ?? this.#cornerBox(),
      stroke: gesture && gesture.line.length > 0 ? gesture : null,
    };
    if (this.#hidden || !this.#session.document) return { ...EMPTY_SCENE, ...own };
    const set = settings.settings.value;
    if (set.mode === "objects") return { ...EMPTY_SCENE, ...own, masks: this.#proposals(set) };
    const { objects, active } = work.work;
    const activeObject = objects.find(({ id }) => id === active);
    return {
      ...own,
      masks: [
        ...(set.mode === "label" && set.prefill ? this.#session.proposer.painted(set) : []),
        ...this.#objectMasks(objects, active, set),
        ...this.#hoverMask(set),
      ],
      points: activeObject?.visible ? pointsOf(activeObject) : [],
      boxes: activeObject?.visible ? boxesOf(activeObject) : [],
    };
  }

  #objectMasks(objects: readonly PanelObject[], active: string | null, settings: Settings): PaintedMask[] {
    const answers = this.#session.answers.answers.value;
    return objects.flatMap((object) => {
      const { id, visible, colour } = object;
      const answer = answers.get(id);
      const shown = this.#session.refiner.shown(object) ?? answer?.candidates[answer.chosen];
      if (!visible || !shown || this.#session.applied.value.has(id)) return [];
      const outline = settings.outline ? (id === active ? "strong" : "plain") : "none";
      return [
        {
          mask: shown.mask,
          soft: shown.soft,
          colour: settings.overlayColour ?? colour,
          opacity: settings.overlayOpacity,
          outline,
        } as const,
      ];
    });
  }

  #proposals(settings: Settings): PaintedMask[] {
    const { proposer, applied } = this.#session;
    return applied.value.size > 0 ? [] : proposer.painted(settings);
  }

  #hoverMask(settings: Settings): PaintedMask[] {
    const hover = this.#session.preview.hover.value;
    if (!hover) return [];
    const colour = settings.overlayColour ?? this.#session.active?.colour ?? "#ffffff";
    return [{ mask: hover.candidate.mask, colour, opacity: settings.overlayOpacity * 0.5, outline: "preview" }];
  }

  #onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || isTaken(event)) return;
    const isFree = this.#isFree(event);
    const crosshair = isFree ? crosshairOf(event) : null;
    if (crosshair && this.#session.document && this.tool() !== null) {
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
    const { settings } = session.settings;
    const tool = TOOL_COMMANDS[command];
    if (tool) settings.update({ tool });
    else if (command === "undo") session.work.undo();
    else if (command === "redo") session.work.redo();
    else if (command === "cycle-candidate") session.cycleCandidate(1);
    else if (command === "cycle-back") session.cycleCandidate(-1);
    else if (command === "new-object") session.newObject();
    else if (command === "remove-object") session.removeActive();
    else if (command === "apply") void session.apply();
    else if (command === "smaller-brush") settings.update({ brushSize: Math.max(4, settings.value.brushSize - 4) });
    else if (command === "larger-brush") settings.update({ brushSize: Math.min(120, settings.value.brushSize + 4) });
    else if (command === "all-objects") session.findAll();
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

  /** False without a folder of pictures: then the keys scroll. */
  #stepPicture(by: 1 | -1): boolean {
    const { names } = this.#session.labeller.state.value;
    // A failure is shown by the session.
    if (names.length > 0) void this.#session.stepPicture(by);
    return names.length > 0;
  }

  #escape(): void {
    this.#corner = null;
    this.#crosshair = null;
    if (!this.#tools.cancel()) this.#session.newObject();
    this.#repaint();
  }

  #onCrosshair(key: CrosshairKey): void {
    const { document } = this.#session;
    if (!document) return;
    const at = this.#crosshair ?? { x: document.width / 2, y: document.height / 2 };
    const { mode } = this.#session.settings.settings.value;
    if (key.kind === "move") {
      const step = key.fine ? 1 : STEP / this.#canvas.transform.scale;
      const clamp = (value: number, most: number) => Math.min(Math.max(Math.round(value), 0), most);
      this.#crosshair = {
        x: clamp(at.x + key.dx * step, document.width),
        y: clamp(at.y + key.dy * step, document.height),
      };
      if (mode !== "objects") this.#session.hoverAt(this.#crosshair, true);
      this.#session.speak(`${this.#crosshair.x}, ${this.#crosshair.y}`);
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
      this.#session.speak("First corner placed: move on and press X again");
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

function pointsOf({ steps }: PanelObject): { at: XY; foreground: boolean }[] {
  return steps.flatMap(({ act }) => {
    if (act.kind === "point") return [{ at: act.at, foreground: act.foreground }];
    return act.kind === "stroke" ? act.points.map((at) => ({ at, foreground: act.foreground })) : [];
  });
}

/** The box in force: the last one drawn. */
function boxesOf({ steps }: PanelObject): Bounds[] {
  const last = steps.findLast(({ act }) => act.kind === "box" || (act.kind === "stroke" && act.box));
  return last && "box" in last.act && last.act.box ? [last.act.box] : [];
}
