import type { SoftMask } from "@masksmith/core";
import { applyItems } from "./apply.js";
import { isSame } from "./coverage.js";
import type { Environment } from "./environment.js";
import { messageOf } from "./modal.js";
import type { PsDocument } from "./photoshop.js";
import { readSelection } from "./pixels.js";

interface TestDocuments {
  createDocument(options: Readonly<Record<string, unknown>>): Promise<PsDocument | null>;
}

interface Closable {
  closeWithoutSaving(): Promise<unknown>;
}

const SIDE = 64;

/** Selects and masks in a small document of its own, which is closed again; what came of it in words. */
export async function testDocument(env: Environment): Promise<Record<string, string>> {
  const results: Record<string, string> = {};
  try {
    const document = await modal(env, () => create(env));
    try {
      for (const kind of ["selection", "layer-mask"] as const) {
        results[kind] = await outcome(async () => {
          await applyItems(env, document, requestFor(document, kind), undefined);
          if (kind === "layer-mask") return;
          const found = await readSelection(env, document);
          if (!found || !isSame(found, disc(), 2)) throw new Error("read back differently");
        });
      }
    } finally {
      await modal(env, async () => (document as unknown as Closable).closeWithoutSaving());
    }
  } catch (error) {
    results.document = messageOf(error);
  }
  return results;
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

function requestFor(document: PsDocument, kind: "selection" | "layer-mask") {
  const item = { name: "Disc", mask: disc(), parent: null };
  return { documentId: String(document.id), output: { kind, mode: "replace" }, items: [item] } as const;
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
export function reportOf({ photoshop, uxp, document }: Environment, page: unknown, masked: unknown): string {
  const report = {
    date: new Date().toISOString(),
    photoshop: photoshop.app.version ?? uxp.host?.version ?? "unknown",
    uxp: uxp.versions?.uxp ?? "unknown",
    plugin: uxp.versions?.plugin ?? "unknown",
    theme: document.theme?.getCurrent() ?? "unknown",
    page,
    testDocument: masked,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
