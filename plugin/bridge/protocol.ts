import { invalid, type SoftMask } from "@masksmith/core";
import type { ApplyItem, ApplyRequest, FileToSave, HostDocument, Theme } from "@masksmith/panel/host";
import * as z from "zod/mini";
import { MODEL_FILE_NAME, MOST_MODEL_BYTES, MOST_MODEL_FILES, MOST_MODEL_PART } from "./modelFiles.js";
import { fillsMask, type PackedMask } from "./packedMask.js";
import { type Bounds, isWhole, type PixelsOnWire } from "./pixels.js";

// Neither Photoshop's runtime nor the page's content security policy lets code be made from text.
z.config({ jitless: true });

const integer = z.int();
const finite = z.number();
const side = integer.check(z.positive(), z.maximum(300_000));
const name = z.string().check(z.maxLength(1_000));
const region = z
  .object({ x0: finite, y0: finite, x1: finite, y1: finite })
  .check(z.refine(({ x0, y0, x1, y1 }) => x0 < x1 && y0 < y1, "a box that is not empty"));

const softMask = z
  .object({ x: integer, y: integer, width: z.int(), height: z.int(), data: z.instanceof(Uint8Array) })
  .check(
    z.refine(({ width, height, data }) => width >= 0 && height >= 0 && data.length === width * height, "mask bytes"),
  );
const packedMask = z
  .object({ x: integer, y: integer, width: z.int(), height: z.int(), packed: z.instanceof(Uint8Array) })
  .check(z.refine((mask) => mask.width >= 0 && mask.height >= 0 && fillsMask(mask), "packed bytes that fill the mask"));
const rle = z
  .object({ size: z.tuple([side, side]), counts: z.instanceof(Uint32Array) })
  .check(z.refine(({ size, counts }) => sum(counts) === size[0] * size[1], "run lengths that fill their size"));
const mode = z.enum(["replace", "add", "subtract", "intersect"]);
const output = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("selection"), mode }),
  z.object({ kind: z.literal("layer-mask"), mode }),
  z.object({ kind: z.literal("new-layer") }),
  z.object({ kind: z.literal("alpha-channel") }),
  z.object({ kind: z.literal("path") }),
  z.object({ kind: z.literal("group") }),
]);
const item = z.object({ name, mask: z.union([softMask, packedMask, rle]), parent: z.nullable(integer) });
const items = z.array(item).check(
  z.minLength(1),
  z.maxLength(2_000),
  z.refine((all) => all.every((_, i) => leadsToTop(all, i)), "parents that make a tree"),
);

function sum(counts: Uint32Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

function leadsToTop(all: readonly { readonly parent: number | null }[], from: number): boolean {
  let steps = 0;
  for (let at = all[from].parent; at !== null; at = all[at].parent) {
    if (!(at in all) || ++steps > all.length) return false;
  }
  return true;
}

const jsonValue = z.unknown();

const fileName = z.string().check(z.regex(MODEL_FILE_NAME, "a plain file name without folders"));
const folderId = z.string().check(z.regex(/^[0-9a-f]{32}$/));

/** What the page may ask of the host: the parameters of each method. */
const ASKS = {
  start: z.object({}),
  readPixels: z.object({
    region: z.nullable(region),
    maxSide: z.number().check(z.minimum(1), z.maximum(16_384)),
    known: z.optional(z.nullable(name)),
    layer: z.optional(z.nullable(z.literal("active"))),
  }),
  selection: z.object({}),
  hasMask: z.object({ documentId: name }),
  apply: z.object({ documentId: name, size: z.object({ width: side, height: side }), output, items }),
  saveFile: z.object({ suggestedName: name, type: name, bytes: z.instanceof(Uint8Array) }),
  readSetting: z.object({ key: name }),
  writeSetting: z.object({ key: name, value: z.optional(jsonValue) }),
  pickModelFolder: z.object({}),
  keepModelFolder: z.object({ folder: z.nullable(folderId) }),
  keptModelFolder: z.object({}),
  readModelFile: z.object({
    folder: folderId,
    name: fileName,
    from: integer.check(z.minimum(0), z.maximum(MOST_MODEL_BYTES)),
    length: integer.check(z.positive(), z.maximum(MOST_MODEL_PART)),
  }),
  echo: z.object({ bytes: z.instanceof(Uint8Array) }),
} as const;

export type Ask = keyof typeof ASKS;

/** A document as the page is told of it. */
export interface WireDocument extends HostDocument {
  /** The version of the active layer's own pixels, as `version` is that of the composite. */
  readonly layerVersion: string;
}

/** What the page hears at its start. */
export interface Start {
  readonly document: WireDocument | null;
  readonly theme: Theme;
}

/** An object as it crosses the bridge. */
export interface WireItem extends Omit<ApplyItem, "mask"> {
  readonly mask: ApplyItem["mask"] | PackedMask;
}

export interface WireApply extends Omit<ApplyRequest, "items"> {
  readonly items: readonly WireItem[];
}

export interface AskParams {
  readonly start: Record<string, never>;
  readonly readPixels: {
    /** Null: the whole document. */
    readonly region: Bounds | null;
    readonly maxSide: number;
    /** The version of the whole document that the page has at this size, so that only what differs need come. */
    readonly known?: string | null | undefined;
    /** Of the active layer alone; null: of the composite. */
    readonly layer?: "active" | null | undefined;
  };
  readonly selection: Record<string, never>;
  /** Whether the active layer has a mask that replacing would discard. */
  readonly hasMask: { readonly documentId: string };
  readonly apply: WireApply;
  readonly saveFile: FileToSave;
  readonly readSetting: { readonly key: string };
  readonly writeSetting: { readonly key: string; readonly value?: unknown };
  readonly pickModelFolder: Record<string, never>;
  /** A folder that was picked, for the next starts; null: none any more. */
  readonly keepModelFolder: { readonly folder: string | null };
  readonly keptModelFolder: Record<string, never>;
  /** Bytes `from` up to `from + length` (at most 1 MB) of a file of a folder that the user picked. */
  readonly readModelFile: {
    readonly folder: string;
    readonly name: string;
    readonly from: number;
    readonly length: number;
  };
  /** For measuring the bridge: gives the bytes back. */
  readonly echo: { readonly bytes: Uint8Array };
}

/** A folder that the user picked, and by what name its files are asked for. */
export interface PickedFolder {
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

export interface AskAnswers {
  readonly start: Start;
  readonly readPixels: PixelsOnWire;
  readonly selection: SoftMask | null;
  readonly hasMask: boolean;
  readonly apply: null;
  readonly saveFile: boolean;
  readonly readSetting: unknown;
  readonly writeSetting: null;
  /** Null: the user thought better of it. */
  readonly pickModelFolder: PickedFolder | null;
  readonly keepModelFolder: null;
  /** Null: none is kept. */
  readonly keptModelFolder: PickedFolder | null;
  readonly readModelFile: Uint8Array;
  readonly echo: { readonly bytes: Uint8Array };
}

/** The host's side of the methods, each already given checked parameters. */
export type AskHandlers = {
  readonly [K in Ask]: (params: AskParams[K], signal: AbortSignal) => Promise<AskAnswers[K]>;
};

/**
 * Answers a call of the page after checking it.
 * @throws MasksmithError `input` if the method is not known or its parameters are not as agreed; nothing has run then.
 */
export async function answerAsk(
  handlers: AskHandlers,
  method: string,
  params: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!Object.hasOwn(ASKS, method)) throw invalid("method", "one the host knows", method);
  const ask = method as Ask;
  const handler = handlers[ask] as (params: unknown, signal: AbortSignal) => Promise<unknown>;
  return handler(checked(ASKS[ask] as z.ZodMiniType<unknown>, params, `parameters of “${method}”`), signal);
}

function checked<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${what} (${issue?.path.join(".") || "all"})`, issue?.message ?? "as agreed", value);
}

/** Commands of the plugin's menu that the page carries out. */
export const COMMANDS = ["select-in-box", "mask-in-box", "mask-all", "self-test"] as const;
export type CommandName = (typeof COMMANDS)[number];

const refusedWords = z.record(z.string(), z.string());
const hostDocument = z.object({
  id: name,
  name: z.string(),
  width: side,
  height: side,
  version: z.string(),
  layerVersion: z.string(),
  activeLayer: z.nullable(z.string()),
  refused: refusedWords,
});
const theme = z.enum(["darkest", "dark", "light", "lightest"]);

/** What the host tells the page by itself. */
const EVENTS = {
  document: z.nullable(hostDocument),
  selectionDrawn: region,
  pointPlaced: z.object({ point: z.object({ x: finite, y: finite }), foreground: z.boolean() }),
  theme,
} as const;

export type HostEventName = keyof typeof EVENTS;

/** An event's value if it is one the page knows and as agreed, else null. */
export function readHostEvent(event: string, value: unknown): { name: HostEventName; value: unknown } | null {
  if (!Object.hasOwn(EVENTS, event)) return null;
  const result = z.safeParse(EVENTS[event as HostEventName], value);
  return result.success ? { name: event as HostEventName, value: result.data } : null;
}

const pixels = z
  .object({
    width: side,
    height: side,
    channels: z.literal([3, 4]),
    region,
    version: z.string(),
    tiles: z.nullable(z.instanceof(Uint32Array)),
    data: z.instanceof(Uint8Array),
  })
  .check(z.refine(isWhole, "pixel bytes"));

const pickedFolder = z.object({
  folder: folderId,
  files: z.array(z.object({ name: fileName, bytes: integer.check(z.minimum(0)) })).check(z.maxLength(MOST_MODEL_FILES)),
});

/** What the page checks of the answers it builds on. @throws MasksmithError `input` */
export const readAnswer = {
  start: (value: unknown): Start =>
    checked(z.object({ document: z.nullable(hostDocument), theme }), value, "answer to “start”") as Start,
  readPixels: (value: unknown): PixelsOnWire => checked(pixels, value, "answer to “readPixels”"),
  selection: (value: unknown): SoftMask | null => checked(z.nullable(softMask), value, "answer to “selection”"),
  pickModelFolder: (value: unknown): PickedFolder | null =>
    checked(z.nullable(pickedFolder), value, "answer to “pickModelFolder”"),
  keptModelFolder: (value: unknown): PickedFolder | null =>
    checked(z.nullable(pickedFolder), value, "answer to “keptModelFolder”"),
  readModelFile: (value: unknown): Uint8Array => checked(z.instanceof(Uint8Array), value, "answer to “readModelFile”"),
  echo: (value: unknown) => checked(ASKS.echo, value, "answer to “echo”"),
};
