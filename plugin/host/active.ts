import { activeDocument, activeLayer } from "./describe.js";
import type { Environment } from "./environment.js";
import type { PsDocument } from "./photoshop.js";
import { compositeOf, MASK_CHANNEL, playAll, selectDocument, selectLayer } from "./play.js";

/** What is active in the panels: a rolled back history is not said to bring it back. */
export interface Active {
  /** The one active layer, null if none or several are. */
  readonly layer: number | null;
  /** The layer's mask is what the user paints on. */
  readonly mask: boolean;
}

export function activeNow(document: PsDocument): Active {
  return { layer: activeLayer(document)?.id ?? null, mask: isMaskActive(document) };
}

/** Photoshop refuses to name the active channels while a layer's mask is active. */
function isMaskActive(document: PsDocument): boolean {
  try {
    return document.activeChannels === null;
  } catch {
    return true;
  }
}

/** Brings back what was active before a change that failed. A document that is gone or a busy Photoshop ends the try. */
export async function restoreActive(env: Environment, document: PsDocument, before: Active): Promise<void> {
  try {
    const { app, core } = env.photoshop;
    if (before.layer === null || !Array.from(app.documents).some(({ id }) => id === document.id)) return;
    const now = activeNow(document);
    if (now.layer === before.layer && now.mask === before.mask) return;
    const restore = () => reactivate(env, document, before.layer as number, before.mask);
    await core.executeAsModal(restore, { commandName: "Restore active layer", timeOut: 3 });
  } catch {
    // The document's content is as it was; which layer is active the user sees.
  }
}

async function reactivate(env: Environment, document: PsDocument, layer: number, mask: boolean): Promise<void> {
  const shown = activeDocument(env)?.id ?? document.id;
  const channel = mask ? MASK_CHANNEL : compositeOf(document.mode);
  await playAll(env, [selectDocument(document.id), selectLayer(layer)]);
  if (channel) await playAll(env, [{ _obj: "select", _target: [channel] }]).catch(() => undefined);
  if (shown !== document.id) await playAll(env, [selectDocument(shown)]);
}
