import { compositeOf, MASK_CHANNEL, playAll, selectDocument, selectLayer } from "./batchPlay.js";
import { activeDocument, activeLayer } from "./describe.js";
import type { Environment } from "./environment.js";
import type { PsChannel, PsDocument } from "./photoshop.js";

/** What is active in the panels: a rolled back history is not said to bring it back. */
export interface ActiveTarget {
  /** The one active layer, null if none or several are. */
  readonly layer: number | null;
  /** What the user paints on: the layer's mask, or channels by their names; null where Photoshop does not say. */
  readonly channels: "mask" | readonly string[] | null;
}

export function activeTarget(document: PsDocument): ActiveTarget {
  return { layer: activeLayer(document)?.id ?? null, channels: activeChannels(document) };
}

/** Photoshop refuses to name the active channels while a layer's mask is active. */
function activeChannels(document: PsDocument): ActiveTarget["channels"] {
  try {
    const channels = document.activeChannels;
    if (channels === undefined) return null;
    return channels === null ? "mask" : Array.from(channels, ({ name }) => name);
  } catch {
    return "mask";
  }
}

/** Brings back what was active before a change that failed. A document that is gone or a busy Photoshop ends the try. */
export async function restoreActive(env: Environment, document: PsDocument, before: ActiveTarget): Promise<void> {
  try {
    const { app, core } = env.photoshop;
    if (before.layer === null || !Array.from(app.documents).some(({ id }) => id === document.id)) return;
    const now = activeTarget(document);
    if (now.layer === before.layer && String(now.channels) === String(before.channels)) return;
    const restore = () => reactivate(env, document, before.layer as number, before.channels);
    await core.executeAsModal(restore, { commandName: "Restore active layer", timeOut: 3 });
  } catch {
    // The document's content is as it was; which layer is active the user sees.
  }
}

async function reactivate(
  env: Environment,
  document: PsDocument,
  layer: number,
  channels: ActiveTarget["channels"],
): Promise<void> {
  const shown = activeDocument(env)?.id ?? document.id;
  await playAll(env, [selectDocument(document.id), selectLayer(layer)]);
  await activateChannels(env, document, channels).catch(() => undefined);
  if (shown !== document.id) await playAll(env, [selectDocument(shown)]);
}

async function activateChannels(
  env: Environment,
  document: PsDocument,
  channels: ActiveTarget["channels"],
): Promise<void> {
  if (channels === "mask") {
    await playAll(env, [{ _obj: "select", _target: [MASK_CHANNEL] }]);
    return;
  }
  const all = [...componentsOf(document), ...Array.from(document.channels)];
  const wanted = channels?.map((name) => all.find((one) => one.name === name));
  if (!wanted?.every((one) => one !== undefined)) await activateComposite(env, document);
  else document.activeChannels = wanted;
}

/**
 * Makes all colours what the user paints on. What their channel is called in a command depends on the document's mode; where
 * Photoshop does not know it by that name, its channels themselves are activated.
 * @throws in Photoshop's words if that fails as well.
 */
export async function activateComposite(env: Environment, document: PsDocument): Promise<void> {
  const channel = compositeOf(document.mode);
  try {
    if (channel) await playAll(env, [selectDocument(document.id), { _obj: "select", _target: [channel] }]);
  } catch (error) {
    const components = componentsOf(document);
    if (components.length === 0) throw error;
    document.activeChannels = components;
  }
}

function componentsOf(document: PsDocument): readonly PsChannel[] {
  return Array.from(document.componentChannels ?? []);
}
