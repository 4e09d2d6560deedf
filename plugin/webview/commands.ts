import { box, MasksmithError, messageOf } from "@masksmith/core";
import { type PanelSession, planName } from "@masksmith/panel";
import type { Output } from "@masksmith/panel/host";
import { COMMANDS, type CommandName, newNonce } from "../bridge/index.js";
import type { BridgeHost } from "./bridgeHost.js";

type PanelSettings = PanelSession["settings"]["value"];

/** How long a picture may take to be read and encoded on a slow machine. */
const READY_MS = 180_000;
/** How long the page may take to hear of the document that a command is about. */
const HEARD_MS = 5_000;

/** What Photoshop's menu asks the page to do. */
export interface Command {
  readonly name: CommandName;
  /** The document it is about; null for those about none. */
  readonly documentId: string | null;
  readonly box: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number } | null;
}

/** @throws MasksmithError `input` if it is no command. */
export function readCommand(params: unknown): Command {
  const { name, box: given, documentId: id } = (params ?? {}) as Readonly<Record<string, unknown>>;
  const known = COMMANDS.find((one) => one === name);
  if (!known) throw new MasksmithError("input", "The plugin asked for a command that the panel does not know");
  const documentId = typeof id === "string" ? id : null;
  if (typeof given !== "object" || given === null) return { name: known, documentId, box: null };
  const { x0, y0, x1, y1 } = given as Readonly<Record<string, number>>;
  return { name: known, documentId, box: box("document", x0, y0, x1, y1) };
}

/** Carries out a command with the panel's own session, so that what it does can be seen and undone there. */
export async function runCommand(session: PanelSession, host: BridgeHost, command: Command): Promise<unknown> {
  const { name, documentId, box: b } = command;
  if (name === "self-test") return selfTest(session, host);
  const check = whileActive(session, documentId);
  await settled(() => isReady(session, documentId), "The image couldn't be analyzed", check);
  if (name === "mask-all") return maskAll(session, check);
  if (!b) throw new MasksmithError("input", "Draw a selection around the object first");
  session.prompts.add({ kind: "box", box: b }, true);
  const id = session.work.active?.id ?? "";
  await settled(() => isAnswered(session, id), "The object couldn't be found", check);
  await apply(session, "select", name === "select-in-box" ? { kind: "selection", mode: "replace" } : MASK);
  return null;
}

const MASK: Output = { kind: "layer-mask", mode: "replace" };
/** How long the tree of all objects may take; without it they lie side by side. */
const TREE_MS = 5_000;

async function maskAll(session: PanelSession, check: () => void): Promise<null> {
  const { proposals: proposer } = session;
  session.proposals.findAll();
  await settled(() => proposer.result.value.phase !== "running", "The objects couldn't be found", check);
  const { phase, error } = proposer.result.value;
  if (phase === "canceled") throw new MasksmithError("aborted", "The search was canceled");
  if (phase !== "done") throw new MasksmithError("runtime", error ?? "The objects couldn't be found");
  const end = performance.now() + TREE_MS;
  while (proposer.rows().every(({ parent }) => parent === null) && performance.now() < end) await pause();
  check();
  await apply(session, "objects", { kind: "group" });
  return null;
}

/** Applies with the command's own mode and output; what the user has set for the panel comes back. */
async function apply(session: PanelSession, mode: PanelSettings["mode"], output: Output): Promise<void> {
  const { settings } = session;
  const before = settings.value;
  const selectionMode = "mode" in output ? output.mode : before.selectionMode;
  settings.update({ mode, output: output.kind, selectionMode });
  try {
    await session.outputs.apply();
  } finally {
    settings.update({ mode: before.mode, output: before.output, selectionMode: before.selectionMode });
  }
  const notice = session.reporter.notice.value;
  if (notice?.tone === "failure") throw new MasksmithError("runtime", notice.text);
}

/** Whether the picture of the document that the command is about can be asked. @throws if it cannot be read. */
function isReady(session: PanelSession, documentId: string | null): boolean {
  const { phase, error, document } = session.document.picture.value;
  if (documentId !== null && document?.id !== documentId) return false;
  if (phase === "failed") throw new MasksmithError("runtime", error ?? "The image couldn't be analyzed");
  return phase === "ready";
}

function isAnswered(session: PanelSession, id: string): boolean {
  const answer = session.answering.answers.value.get(id);
  if (answer?.error) throw new MasksmithError("runtime", answer.error);
  return answer !== undefined && !answer.asking;
}

/** A check that throws once the document that a command is about is no longer the active one. */
function whileActive(session: PanelSession, documentId: string | null): () => void {
  const end = performance.now() + HEARD_MS;
  let wasActive = false;
  return () => {
    const isActive = session.document.picture.value.document?.id === documentId;
    wasActive ||= isActive;
    if (documentId === null || isActive || (!wasActive && performance.now() < end)) return;
    throw new MasksmithError(
      "state",
      "The command stopped because another document became active or its own was closed. Nothing changed",
    );
  };
}

/** @throws what the check throws, or MasksmithError `runtime` with this message if it takes too long. */
async function settled(holds: () => boolean, message: string, check: () => void): Promise<void> {
  const end = performance.now() + READY_MS;
  while (true) {
    check();
    if (holds()) return;
    if (performance.now() > end) throw new MasksmithError("runtime", message);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

/** What the page can say of where it runs. Nothing of the documents. */
async function selfTest(session: PanelSession, host: BridgeHost): Promise<Record<string, unknown>> {
  const failure = await session.engine.warmUp().then(
    () => null,
    (error: unknown) => `failed: ${messageOf(error)}`,
  );
  const { info } = session.engines.status.value;
  return {
    origin: window.origin,
    protocol: location.protocol,
    userAgent: navigator.userAgent,
    isSecureContext,
    webgpu: "gpu" in navigator,
    storage: storageState(),
    random: newNonce().length === 32,
    engine: info ? planName(info) : (failure ?? "not started"),
    engineReason: session.engines.sentence(),
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
