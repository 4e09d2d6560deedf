import type { PanelObject, Work } from "../../state/index.js";
import type { Settings } from "../settings.js";

/** What to refine in the background: the active object first, then the other visible ones; those already applied are done. */
export function objectsToRefine(
  work: Work,
  { mode }: Pick<Settings, "mode">,
  applied: ReadonlySet<string>,
): readonly PanelObject[] {
  if (mode === "objects") return [];
  const visible = work.objects.filter((object) => object.visible);
  const active = visible.find(({ id }) => id === work.active);
  const others = visible.filter(({ id }) => id !== work.active && !applied.has(id));
  return active ? [active, ...others] : others;
}
