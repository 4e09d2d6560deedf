import { isSameSoft, messageOf, type SoftMask } from "@masksmith/core";
import type { Output } from "@masksmith/panel/host";
import { applyItems } from "./apply.js";
import { playAll, selectDocument } from "./batchPlay.js";
import { activeDocument } from "./describe.js";
import type { Environment } from "./environment.js";
import type { PsDocument } from "./photoshop.js";
import { readSelection } from "./pixels.js";

interface TestDocuments {
  createDocument(options: Readonly<Record<string, unknown>>): Promise<PsDocument | null>;
}

interface Closable {
  closeWithoutSaving(): Promise<unknown>;
}

const SIDE = 64;

const OUTPUTS: readonly Output[] = [
  { kind: "selection", mode: "replace" },
  { kind: "selection", mode: "add" },
  { kind: "alpha-channel" },
  { kind: "path" },
  // Turns the Background into a usual layer.
  { kind: "layer-mask", mode: "replace" },
  { kind: "layer-mask", mode: "subtract" },
  { kind: "new-layer" },
  { kind: "group" },
];

/** Tries each output in a small document of its own, which is closed again; what came of it in words. */
export async function testDocument(env: Environment): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  const before = activeDocument(env)?.id;
  try {
    const document = await modal(env, () => create(env));
    try {
      for (const output of OUTPUTS) {
        const name = "mode" in output ? `${output.kind} ${output.mode}` : output.kind;
        results[name] = await outcome(() => tried(env, document, output));
      }
    } finally {
      await modal(env, async () => (document as unknown as Closable).closeWithoutSaving());
      if (before !== undefined) await modal(env, () => playAll(env, [selectDocument(before)])).catch(() => undefined);
    }
  } catch (error) {
    results.document = messageOf(error);
  }
  return results;
}

async function tried(env: Environment, document: PsDocument, output: Output): Promise<void> {
  const counts = () => [document.layers.length, document.channels.length, Array.from(document.pathItems ?? []).length];
  const [layers, channels, paths] = counts();
  const item = { name: "Disc", mask: disc(), parent: null };
  const { id, width, height } = document;
  const request = { documentId: String(id), size: { width, height }, output, items: [item] };
  await applyItems(env, document, request, undefined);
  const [layersNow, channelsNow, pathsNow] = counts();
  const grown = { "alpha-channel": channelsNow - channels, path: pathsNow - paths, "new-layer": layersNow - layers };
  const made = output.kind in grown ? grown[output.kind as keyof typeof grown] : 1;
  if (made !== 1) throw new Error(`${made} were made`);
  const found = await readSelection(env, document);
  if (!found || !isSameSoft(found, disc(), 2)) throw new Error("the selection differs from what was written");
}

async function create({ photoshop }: Environment): Promise<PsDocument> {
  const options = { width: SIDE, height: SIDE, resolution: 72, mode: "RGBColorMode", fill: "white" };
  const made = await (photoshop.app as unknown as TestDocuments).createDocument({ ...options, name: "masksmith test" });
  if (!made) throw new Error("Photoshop made no test document");
  return made;
}

function modal<T>({ photoshop }: Environment, work: () => Promise<T>): Promise<T> {
  return photoshop.core.executeAsModal(work, { commandName: "Self-test", timeOut: 3 });
}

async function outcome(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return "passed";
  } catch (error) {
    return `failed: ${messageOf(error)}`;
  }
}

/** A disc with a soft edge, off the middle. */
function disc(): SoftMask {
  const side = 25;
  const data = new Uint8Array(side * side);
  for (let i = 0; i < data.length; i++) {
    const distance = Math.hypot((i % side) - 12, Math.floor(i / side) - 12);
    data[i] = Math.min(Math.max((12 - distance) * 255, 0), 255);
  }
  return { x: 20, y: 30, width: side, height: side, data };
}

/** What a user can send: versions, what the page found, what the test document came to. No names, no paths. */
export function reportOf(
  { photoshop, uxp, document }: Environment,
  page: unknown,
  origins: readonly string[],
  masked: unknown,
): string {
  const report = {
    date: new Date().toISOString(),
    photoshop: photoshop.app.version ?? uxp.host?.version ?? "unknown",
    uxp: uxp.versions?.uxp ?? "unknown",
    plugin: uxp.versions?.plugin ?? "unknown",
    theme: document.theme?.getCurrent() ?? "unknown",
    page,
    messageOrigins: origins,
    testDocument: masked,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
