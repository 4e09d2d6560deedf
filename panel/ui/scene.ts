import { EMPTY_SCENE, type PaintedMask, type Scene } from "../paint/index.js";
import type { PanelSession, Settings } from "../session/index.js";
import type { Bounds, PanelObject, XY } from "../state/index.js";

/** What is drawn over the picture: a pure function of the session's state. */
export function sceneOf(session: PanelSession): Scene {
  const { settings, work, document } = session;
  if (!document.current) return EMPTY_SCENE;
  const set = settings.value;
  if (set.mode === "objects") return { ...EMPTY_SCENE, masks: unapplied(session) ? proposalMasks(session) : [] };
  const { active } = work;
  const found = set.mode === "label" && set.prefill ? proposalMasks(session) : [];
  return {
    ...EMPTY_SCENE,
    masks: [...found, ...objectMasks(session), ...hoverMask(session)],
    points: active?.visible ? pointsOf(active) : [],
    boxes: active?.visible ? boxesOf(active) : [],
  };
}

/** Found objects that have just been applied are not painted over their own result. */
function unapplied({ outputs }: PanelSession): boolean {
  return outputs.applied.value.size === 0;
}

function objectMasks({ settings, work, answering, refining, outputs }: PanelSession): PaintedMask[] {
  const { outline, overlayColour, overlayOpacity: opacity } = settings.value;
  const { objects, active } = work.now;
  return objects.flatMap((object) => {
    const { id, visible, colour } = object;
    const answer = answering.answers.value.get(id);
    const shown = refining.shown(object) ?? answer?.candidates[answer.chosen];
    if (!visible || !shown || outputs.applied.value.has(id)) return [];
    const { mask, soft } = shown;
    const line = outline ? (id === active ? "strong" : "plain") : "none";
    return [{ mask, soft, colour: overlayColour ?? colour, opacity, outline: line } as const];
  });
}

function hoverMask({ preview, settings, work }: PanelSession): PaintedMask[] {
  const hover = preview.hover.value;
  if (!hover) return [];
  const { overlayColour, overlayOpacity } = settings.value;
  const colour = overlayColour ?? work.active?.colour ?? "#ffffff";
  return [{ mask: hover.candidate.mask, colour, opacity: overlayOpacity * 0.5, outline: "preview" }];
}

/** Kept rows, and those that the list points at; the large ones first, so that none hides another. */
function proposalMasks({ proposals, settings }: PanelSession): PaintedMask[] {
  const [hovered, picked] = [proposals.hovered.value, proposals.picked.value];
  const rows = proposals.rows().filter((row) => proposals.isKept(row) || row.id === hovered || picked.has(row.id));
  return [...rows]
    .sort((a, b) => b.area - a.area)
    .map(({ id, mask, colour }) => proposalMask({ mask, colour }, id === hovered || picked.has(id), settings.value));
}

function proposalMask(
  { mask, colour }: Pick<PaintedMask, "mask" | "colour">,
  isStrong: boolean,
  { overlayOpacity, outline }: Settings,
): PaintedMask {
  const opacity = Math.min(overlayOpacity * (isStrong ? 1.4 : 1), 0.9);
  return { mask, colour, opacity, outline: isStrong ? "strong" : outline ? "plain" : "none" };
}

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
