import type { Proposal } from "../session/index.js";

/** Where a row stands in the tree: what its indent shows, for who cannot see it. All count from 1. */
export interface TreePlace {
  readonly level: number;
  /** Among the rows of the same parent. */
  readonly position: number;
  readonly of: number;
}

type TreeRow = Pick<Proposal, "id" | "parent" | "depth">;

export function treePlaces(rows: readonly TreeRow[]): ReadonlyMap<string, TreePlace> {
  const counts = new Map<string | null, number>();
  const positions = rows.map(({ parent }) => {
    const position = (counts.get(parent) ?? 0) + 1;
    counts.set(parent, position);
    return position;
  });
  return new Map(
    rows.map(({ id, parent, depth }, i) => [id, { level: depth + 1, position: positions[i], of: counts.get(parent)! }]),
  );
}

/**
 * The row that a key leads to in a tree without folding, by the tree view pattern of the ARIA Authoring Practices; null if
 * the key means nothing there.
 * @param levels of all rows, a parent before what it contains.
 */
export function rowByKey(levels: readonly number[], from: number, key: string): number | null {
  const last = levels.length - 1;
  const level = levels[from];
  switch (key) {
    case "ArrowDown":
      return Math.min(from + 1, last);
    case "ArrowUp":
      return Math.max(from - 1, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    case "ArrowRight":
      return from < last && levels[from + 1] > level ? from + 1 : from;
    case "ArrowLeft": {
      const parent = levels.slice(0, from).findLastIndex((other) => other < level);
      return parent < 0 ? from : parent;
    }
    default:
      return null;
  }
}

export interface TreeActs {
  readonly tick: (item: HTMLElement) => void;
  readonly rename: (item: HTMLElement) => void;
}

/** Arrows, Home and End go through the rows, F2 renames, Space ticks a row that has the focus itself. */
export function onTreeKey(event: KeyboardEvent, rows: Iterable<HTMLElement>, { tick, rename }: TreeActs): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = [...rows];
  const from = items.findIndex((item) => item.contains(event.target as Node));
  const item = items[from];
  if (!item) return;
  const levels = items.map(({ ariaLevel }) => Number(ariaLevel));
  const to = rowByKey(levels, from, event.key);
  if (to !== null) items[to].focus();
  else if (event.key === "F2") rename(item);
  else if (event.key === " " && event.target === item) tick(item);
  else return;
  event.preventDefault();
}
