import { box, MasksmithError } from "@masksmith/core";
import { COMMANDS, type CommandName, newNonce } from "../bridge/index.js";
import type { Output } from "../panel/host.js";
import { type PanelSession, planName } from "../panel/index.js";
import type { BridgeHost } from "./bridgeHost.js";

/** How long a picture may take to be read and encoded on a slow machine. */
const READY_MS = 180_000;

/** What Photoshop's menu asks the page to do. */
export interface Command {
  readonly name: CommandName;
  readonly box: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number } | null;
}

/** @throws MasksmithError `input` if it is no command. */
export function readCommand(params: unknown): Command {
  const { name, box: given } = (params ?? {}) as { name?: unknown; box?: unknown };
  const known = COMMANDS.find((one) => one === name);
  if (!known) throw new MasksmithError("input", "The plugin asked for a command that the panel does not know");
  if (typeof given !== "object" || given === null) return { name: known, box: null };
  const { x0, y0, x1, y1 } = given as Readonly<Record<string, number>>;
  return { name: known, box: box("document", x0, y0, x1, y1) };
}

/** Carries out a command with the panel's own session, so that what it does can be seen and undone there. */
export async function runCommand(session: PanelSession, host: BridgeHost, { name, box: b }: Command): Promise<unknown> {
  if (name === "self-test") return selfTest(session, host);
  await settled(() => session.picture.picture.value.phase === "ready", "The picture could not be read");
  if (name === "mask-all") return maskAll(session);
  if (!b) throw new MasksmithError("input", "Draw a selection around the object first");
  session.prompt({ kind: "box", box: b }, true);
  const id = session.active?.id ?? "";
  await settled(() => isAnswered(session, id), "The object could not be found");
  await apply(session, name === "select-in-box" ? { kind: "selection", mode: "replace" } : MASK);
  return null;
}

const MASK: Output = { kind: "layer-mask", mode: "replace" };

async function maskAll(session: PanelSession): Promise<null> {
  session.findAll();
  await settled(() => session.proposer.result.value.phase !== "running", "The objects could not be found");
  await apply(session, { kind: "group" });
  return null;
}

/** Applies with the command's own output; the user's choice for the panel comes back. */
async function apply(session: PanelSession, output: Output): Promise<void> {
  const { settings } = session.settings;
  const { output: kind, selectionMode } = settings.value;
  const mode = "mode" in output ? output.mode : selectionMode;
  session.settings.settings.update({ output: output.kind, selectionMode: mode });
  try {
    await session.apply();
  } finally {
    session.settings.settings.update({ output: kind, selectionMode });
  }
}

function isAnswered(session: PanelSession, id: string): boolean {
  const answer = session.answers.answers.value.get(id);
  if (answer?.error) throw new MasksmithError("runtime", answer.error);
  return answer !== undefined && !answer.asking;
}

async function settled(holds: () => boolean, words: string): Promise<void> {
  const end = performance.now() + READY_MS;
  while (!holds()) {
    if (performance.now() > end) throw new MasksmithError("runtime", words);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the page can say of where it runs. Nothing of the documents. */
async function selfTest(session: PanelSession, host: BridgeHost): Promise<Record<string, unknown>> {
  const { info } = session.engineStatus.value;
  return {
    origin: window.origin,
    protocol: location.protocol,
    userAgent: navigator.userAgent,
    isSecureContext,
    webgpu: "gpu" in navigator,
    storage: storageState(),
    random: newNonce().length === 32,
    engine: info ? planName(info) : "not started",
    engineReason: session.engineSentence(),
    bridgeMegabytesPerSecond: Math.round((await host.measure()) * 10) / 10,
  };
}

function storageState(): string {
  try {
    return globalThis.localStorage ? "there" : "absent";
  } catch {
    return "refused";
  }
}
