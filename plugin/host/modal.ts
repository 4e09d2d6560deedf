import { MasksmithError, messageOf, throwIfAborted } from "@masksmith/core";
import { activeTarget, restoreActive } from "./activeTarget.js";
import { playAll, selectDocument } from "./batchPlay.js";
import { activeDocument } from "./describe.js";
import type { Environment } from "./environment.js";
import type { Descriptor, ModalContext, PsDocument } from "./photoshop.js";

/** Between two tries while Photoshop is busy, e.g. with the end of the very drag that brought us here. */
const RETRY_MS = 120;
const TRIES = 12;
/** Our own notifications may still arrive for a while after a scope. */
const ECHO_MS = 150;

/** Tells whether what Photoshop reports now may be our own doing. */
export class OwnWork {
  #running = 0;
  #echoEnd = 0;

  get isOurs(): boolean {
    return this.#running > 0 || Date.now() < this.#echoEnd;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** Our work begins now; it ends with the call of what comes back. */
  begin(): () => void {
    this.#running++;
    return () => {
      this.#running--;
      this.#echoEnd = Date.now() + ECHO_MS;
    };
  }
}

/** What a change may do: play commands, and ask at each step whether it is to stop. */
export interface ChangeScope {
  /** @throws MasksmithError `aborted` if the user or the caller cancelled. */
  check(): void;
  /** Plays on this document alone. @throws MasksmithError `runtime` with Photoshop's words if a command failed. */
  play(...commands: readonly Descriptor[]): Promise<readonly Descriptor[]>;
}

/**
 * Runs `work` as one step of the document's history, or leaves the document as it was: an error, Escape or the signal roll
 * everything back, and what was active is made so again. Only this document's history is suspended, so `work` must not
 * touch another. Nothing slow may run inside: Photoshop is locked meanwhile.
 * @throws MasksmithError `state` if Photoshop stays busy, `aborted`, or what the work threw.
 */
export async function changeDocument(
  env: Environment,
  document: PsDocument,
  name: string,
  signal: AbortSignal | undefined,
  work: (scope: ChangeScope) => Promise<void>,
): Promise<void> {
  let cancelled = false;
  const active = activeTarget(document);
  const run = async (context: ModalContext): Promise<void> => {
    const scope = scopeOf(env, document, signal, () => {
      cancelled ||= context.isCancelled;
      return cancelled;
    });
    scope.check();
    const suspension = await context.hostControl.suspendHistory({ documentID: document.id, name });
    try {
      await work(scope);
      scope.check();
    } catch (error) {
      cancelled ||= context.isCancelled;
      // In a cancelled scope this throws; Photoshop then rolls back by itself, because the error goes on.
      await context.hostControl.resumeHistory(suspension, false).catch(() => undefined);
      throw error;
    }
    await context.hostControl.resumeHistory(suspension, true);
  };
  try {
    await whenFree(env, name, signal, run);
  } catch (error) {
    await restoreActive(env, document, active);
    if (error instanceof MasksmithError) throw error;
    if (cancelled) throw new MasksmithError("aborted", "The operation was cancelled", { cause: error });
    throw new MasksmithError("runtime", `Photoshop refused: ${messageOf(error)}`, { cause: error });
  }
}

function scopeOf(
  env: Environment,
  document: PsDocument,
  signal: AbortSignal | undefined,
  isCancelled: () => boolean,
): ChangeScope {
  const check = () => {
    throwIfAborted(signal);
    if (isCancelled()) throw new MasksmithError("aborted", "The operation was cancelled");
    // Commands act on the active document, whoever made it so.
    if (activeDocument(env)?.id === document.id) return;
    throw new MasksmithError("state", "The document was closed or another one became active; nothing changed");
  };
  const play = async (...commands: readonly Descriptor[]) => {
    check();
    // Most commands act on whatever document is active; nothing comes between the commands of one call.
    const [, ...answers] = await playAll(env, [selectDocument(document.id), ...commands]);
    check();
    return answers;
  };
  return { check, play };
}

async function whenFree(
  { photoshop }: Environment,
  commandName: string,
  signal: AbortSignal | undefined,
  run: (context: ModalContext) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    let entered = false;
    try {
      await photoshop.core.executeAsModal(
        (context) => {
          entered = true;
          return run(context);
        },
        { commandName, timeOut: 1 },
      );
      return;
    } catch (error) {
      if (entered || !isBusy(error)) throw error;
      if (attempt === TRIES) throw busy(error);
      await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function isBusy(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { number?: unknown }).number === 9;
}

function busy(cause: unknown): MasksmithError {
  const reason = messageOf(cause).replace(/\.$/, "");
  return new MasksmithError(
    "state",
    `Photoshop is busy (${reason}). Finish or cancel what is open there, then apply again`,
    { cause },
  );
}
