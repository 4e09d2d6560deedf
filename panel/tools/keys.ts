/** What a key means to the panel; the names are the panel's own commands. */
export type Command =
  | "undo"
  | "redo"
  | "smaller-answer"
  | "larger-answer"
  | "next-answer"
  | "previous-answer"
  | "new-object"
  | "remove-object"
  | "tool-point"
  | "tool-box"
  | "tool-lasso"
  | "tool-brush"
  /** The brush, with that tool; else the answer. */
  | "smaller"
  | "larger"
  | "apply"
  | "escape"
  | "next-picture"
  | "previous-picture"
  | "all-objects"
  | "toggle-overlay"
  | "help";

export type CrosshairKey =
  | { readonly kind: "move"; readonly dx: number; readonly dy: number; readonly fine: boolean }
  | { readonly kind: "place"; readonly foreground: boolean }
  | { readonly kind: "corner" };

const LETTERS: Readonly<Record<string, Command>> = {
  c: "next-answer",
  ",": "smaller-answer",
  ".": "larger-answer",
  "<": "smaller-answer",
  ">": "larger-answer",
  n: "new-object",
  p: "tool-point",
  r: "tool-box",
  l: "tool-lasso",
  b: "tool-brush",
  "[": "smaller",
  "]": "larger",
  a: "all-objects",
  v: "toggle-overlay",
  delete: "remove-object",
  backspace: "remove-object",
  escape: "escape",
  pagedown: "next-picture",
  pageup: "previous-picture",
  "?": "help",
};

/** For the help: each command's key in words. */
export const KEY_HELP: readonly (readonly [keys: string, what: string])[] = [
  ["Click", "add to the mask"],
  ["Click again", "next suggestion for the same point"],
  ["Alt-click", "subtract from the mask"],
  ["Drag", "draw a box around an object"],
  ["Ctrl-click", "start a new object"],
  ["Shift-click", "check for merging, in All objects"],
  [", or .", "smaller, larger suggestion"],
  ["Alt+wheel", "the same, over the object"],
  ["C, Shift+C", "next, previous suggestion, round and round"],
  ["N", "new object"],
  ["P, R, L, B", "Point, Box, Lasso, Brush"],
  ["[, ]", "smaller, larger brush; suggestion with other tools"],
  ["Arrow keys", "move the crosshair (with Shift, by 1 px)"],
  ["Enter, Alt+Enter", "add or subtract at the crosshair"],
  ["X", "place the first, then the second corner of a box"],
  ["Ctrl+Enter", "apply"],
  ["Ctrl+Z, Shift+Ctrl+Z", "undo, redo"],
  ["A", "find all objects"],
  ["V", "hide or show the overlay"],
  ["Page Down, Page Up", "next, previous image, in Label"],
  ["F2", "rename, in a list"],
  ["Delete", "delete the object"],
  ["?", "show these shortcuts"],
];

type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

export function commandOf(event: Keys): Command | null {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    if (key === "y") return "redo";
    return key === "enter" ? "apply" : null;
  }
  if (event.altKey) return null;
  if (key === "c" && event.shiftKey) return "previous-answer";
  return LETTERS[key] ?? null;
}

/** Keys that stand in for the pointer, while the picture and not a control has the focus. */
export function crosshairOf(event: Keys): CrosshairKey | null {
  if (event.ctrlKey || event.metaKey) return null;
  const arrow = ARROWS[event.key];
  if (arrow) return { kind: "move", dx: arrow[0], dy: arrow[1], fine: event.shiftKey };
  if (event.key === "Enter") return { kind: "place", foreground: !event.altKey };
  return event.key.toLowerCase() === "x" && !event.altKey ? { kind: "corner" } : null;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
