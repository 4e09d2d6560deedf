import { type CleanUpSettings, type EdgeMode, NO_CLEAN_UP } from "@masksmith/core";
import type { BackendChoice } from "../engine/index.js";
import type { Host, OutputKind, SelectionMode } from "../host.js";
import { DEFAULT_THRESHOLDS, FLOOR, type Store, type Thresholds } from "../state/index.js";

export type ToolId = "point" | "box" | "lasso" | "brush" | "navigate";
export type PanelMode = "select" | "objects" | "label";

/** What the user set; small, and kept by the host where it may. */
export interface Settings {
  readonly mode: PanelMode;
  readonly tool: ToolId;
  readonly hover: boolean;
  /** Document-independent: CSS pixels of the view. */
  readonly brushSize: number;
  readonly overlayOpacity: number;
  /** null: each object in its own colour. */
  readonly overlayColour: string | null;
  readonly outline: boolean;
  readonly output: OutputKind;
  readonly selectionMode: SelectionMode;
  readonly backend: BackendChoice;
  readonly thresholds: Thresholds;
  /** What automatic generation looks for: what people see as objects, or all regions as the official generator does. */
  readonly preset: "objects" | "official" | "sa-1b";
  /** The official presets with fewer points. */
  readonly fast: boolean;
  /** Labelling: confident automatic masks first. */
  readonly prefill: boolean;
  /** Offer the model's other candidates where a prompt is answered by one mask: a box, strokes, several points. */
  readonly alternatives: boolean;
  /** Take a second look at small objects. */
  readonly secondLook: boolean;
  readonly edges: EdgeMode | "off";
  readonly cleanUp: CleanUpSettings;
  /** What is looked at: all visible layers together, or the active one alone; where the host can tell them apart. */
  readonly sample: "all" | "layer";
  /** Cut-outs lose the background's colour at their rim. */
  readonly decontaminate: boolean;
}

/** What the clean-up's sliders span, document pixels (`contrast`: percent). */
export const CLEAN_UP_RANGES: Readonly<Record<keyof CleanUpSettings, readonly [least: number, most: number]>> = {
  islands: [0, 5000],
  holes: [0, 5000],
  smooth: [0, 50],
  shift: [-50, 50],
  feather: [0, 50],
  contrast: [0, 100],
};

export const DEFAULT_SETTINGS: Settings = {
  mode: "select",
  tool: "point",
  hover: true,
  brushSize: 24,
  overlayOpacity: 0.38,
  overlayColour: null,
  outline: true,
  output: "selection",
  selectionMode: "replace",
  backend: "auto",
  thresholds: DEFAULT_THRESHOLDS,
  preset: "objects",
  fast: true,
  prefill: true,
  alternatives: true,
  secondLook: true,
  edges: "natural",
  cleanUp: NO_CLEAN_UP,
  sample: "all",
  decontaminate: true,
};

const KEY = "panel";

/** What version 0.1.0 kept these settings as. */
const EARLIER_NAMES: Readonly<Record<string, string>> = { secondLook: "zoom", decontaminate: "ownColours" };

/** Loads the settings that the host keeps, and has it keep every change from now on. */
export async function keepSettings(settings: Store<Settings>, host: Pick<Host, "readSetting" | "writeSetting">) {
  settings.set(readSettings(await host.readSetting(KEY)));
  settings.subscribe((changed) => void host.writeSetting(KEY, changed));
}

/** Takes over what has the default's type; storage is not trusted. */
function readSettings(stored: unknown): Settings {
  if (typeof stored !== "object" || stored === null) return DEFAULT_SETTINGS;
  const given = stored as Record<string, unknown>;
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const [key, value] of Object.entries(DEFAULT_SETTINGS)) {
    const candidate = given[key] ?? given[EARLIER_NAMES[key] ?? key];
    const allowed = (CHOICES as Record<string, readonly unknown[] | undefined>)[key];
    if (allowed ? allowed.includes(candidate) : typeof candidate === typeof value && value !== null) {
      settings[key] = candidate;
    }
  }
  const colour = given.overlayColour;
  if (typeof colour === "string" && /^#[0-9a-f]{6}$/.test(colour)) settings.overlayColour = colour;
  settings.overlayOpacity = within(settings.overlayOpacity, 0, 1);
  settings.brushSize = within(settings.brushSize, 4, 200);
  settings.thresholds = readThresholds(given.thresholds);
  settings.cleanUp = readCleanUp(given.cleanUp);
  return settings as unknown as Settings;
}

const CHOICES = {
  mode: ["select", "objects", "label"],
  tool: ["point", "box", "lasso", "brush", "navigate"],
  output: ["selection", "layer-mask", "new-layer", "alpha-channel", "path", "group"],
  selectionMode: ["replace", "add", "subtract", "intersect"],
  backend: ["auto", "webgpu", "wasm"],
  preset: ["objects", "official", "sa-1b"],
  edges: ["off", "crisp", "natural", "hair"],
  sample: ["all", "layer"],
} as const;

function readCleanUp(stored: unknown): CleanUpSettings {
  if (typeof stored !== "object" || stored === null) return NO_CLEAN_UP;
  const given = stored as Record<string, unknown>;
  const read = Object.entries(CLEAN_UP_RANGES).map(([key, [least, most]]) => {
    const value = given[key];
    return [key, typeof value === "number" && Number.isFinite(value) ? within(value, least, most) : 0];
  });
  return Object.fromEntries(read) as CleanUpSettings;
}

function readThresholds(stored: unknown): Thresholds {
  if (typeof stored !== "object" || stored === null) return DEFAULT_THRESHOLDS;
  const given = stored as Record<string, unknown>;
  const read = (key: keyof Thresholds, least: number) =>
    typeof given[key] === "number" ? within(given[key], least, 1) : DEFAULT_THRESHOLDS[key];
  return {
    predictedIou: read("predictedIou", FLOOR.predictedIou),
    stability: read("stability", FLOOR.stability),
    area: read("area", 0),
  };
}

function within(value: unknown, low: number, high: number): number {
  return Math.min(Math.max(Number(value), low), high);
}
