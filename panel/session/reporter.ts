import { MasksmithError, messageOf } from "@masksmith/core";
import { Store } from "../state/index.js";

/** A message to the user: what happened, what is kept, what to do. */
export interface Notice {
  readonly tone: "info" | "success" | "failure";
  readonly text: string;
  /** A way out, as a button. */
  readonly action?: { readonly label: string; run(): void };
}

/** A long act under way, with a way to stop it. */
export interface Busy {
  readonly what: string;
  readonly fraction: number | null;
  readonly cancel: (() => void) | null;
}

/** What is said to the user: messages, long acts under way, and words for screen readers. */
export class Reporter {
  readonly notice = new Store<Notice | null>(null);
  /** Said to screen readers as it changes. */
  readonly spoken = new Store("");
  readonly busy = new Store<Busy | null>(null);

  /**
   * Runs a long act that the user may cancel; false if it was cancelled or failed, which the user has been told then.
   * @param act what it is called while it runs ("Applying"), and what is said if it fails ("Couldn't apply").
   * @param again the way out of a failure: does the same once more.
   */
  async run(
    { doing, failed }: { readonly doing: string; readonly failed: string },
    work: (signal: AbortSignal, progress: (fraction: number) => void) => Promise<void>,
    again?: () => void,
  ): Promise<boolean> {
    const abort = new AbortController();
    const cancel = () => abort.abort();
    this.notice.set(null);
    const busy = (fraction: number | null) => this.busy.set({ what: doing, fraction, cancel });
    busy(null);
    try {
      await work(abort.signal, busy);
      return true;
    } catch (error) {
      if (abort.signal.aborted || (error instanceof MasksmithError && error.kind === "aborted")) {
        this.tell({ tone: "info", text: "Canceled. Nothing changed." });
      } else this.fail(failed, error, again && { label: "Try again", run: again });
      return false;
    } finally {
      this.busy.set(null);
    }
  }

  tell(notice: Notice | null): void {
    this.notice.set(notice);
    if (notice) this.speak(notice.text);
  }

  speak(text: string): void {
    this.spoken.set(text);
  }

  fail(what: string, error: unknown, action?: Notice["action"]): void {
    const reason = messageOf(error);
    const text = `${what}: ${reason.replace(/\.$/, "")}. Your prompts and document are unchanged.`;
    this.tell({ tone: "failure", text, ...(action ? { action } : {}) });
  }
}
