interface Entry<T> {
  readonly label: string;
  readonly before: T;
}

/** Undo and redo over immutable snapshots: unchanged parts are shared, so a step costs what it changed. */
export interface History<T> {
  readonly present: T;
  readonly past: readonly Entry<T>[];
  readonly future: readonly { readonly label: string; readonly after: T }[];
}

/** Steps kept; the oldest are forgotten. */
const MOST_STEPS = 500;

export function startHistory<T>(present: T): History<T> {
  return { present, past: [], future: [] };
}

/** The act's result as a new step. An act that changed nothing is none. */
export function record<T>(history: History<T>, label: string, next: T): History<T> {
  if (Object.is(next, history.present)) return history;
  const past = [...history.past, { label, before: history.present }].slice(-MOST_STEPS);
  return { present: next, past, future: [] };
}

/** Replaces the present without a step of its own: what follows from an act (a name found later), or which object is active. */
export function amend<T>(history: History<T>, next: T): History<T> {
  return Object.is(next, history.present) ? history : { ...history, present: next };
}

export function undo<T>(history: History<T>): History<T> {
  const last = history.past.at(-1);
  if (!last) return history;
  return {
    present: last.before,
    past: history.past.slice(0, -1),
    future: [{ label: last.label, after: history.present }, ...history.future],
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (!next) return history;
  return { present: next.after, past: [...history.past, { label: next.label, before: history.present }], future };
}

/** The same steps between other values. */
export function mapHistory<T>({ present, past, future }: History<T>, change: (value: T) => T): History<T> {
  return {
    present: change(present),
    past: past.map(({ label, before }) => ({ label, before: change(before) })),
    future: future.map(({ label, after }) => ({ label, after: change(after) })),
  };
}

/** What the next undo takes back, in the user's words; null if nothing is left. */
export function undoLabel<T>(history: History<T>): string | null {
  return history.past.at(-1)?.label ?? null;
}

export function redoLabel<T>(history: History<T>): string | null {
  return history.future[0]?.label ?? null;
}
