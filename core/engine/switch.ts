import type { Backend, EngineBackend } from "../types.js";
import { createEngine } from "./engine.js";
import type { Engine, EngineOptions } from "./types.js";

/**
 * Replaces an engine by one on another model. The current one stays in use until the new one stands, and if that never does.
 * Prompts are document coordinates and carry over; embeddings do not: embed the picture again.
 * @throws MasksmithError as `createEngine`; `current` still works then.
 */
export async function switchEngine<Where extends EngineBackend = Backend>(
  current: Engine<EngineBackend>,
  options: EngineOptions<Where>,
): Promise<Engine<Where>> {
  const next = await createEngine(options);
  await current.dispose();
  return next;
}
