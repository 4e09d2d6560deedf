import type { Candidate, Prompt, Rle } from "@masksmith/core";
import type { PanelSession } from "../../../panel/session/index.js";
import type {} from "../../../panel/ui/panel.js";

/** What is known of an object, as the user sees it. */
export interface ShownObject {
  readonly name: string;
  readonly area: number;
  /** Whether there are the model's three answers, or more. */
  readonly several: boolean;
  readonly error: string | null;
}

/** A mask as it goes from the page to the test: plain numbers. */
export interface PlainMask {
  readonly size: readonly number[];
  readonly counts: readonly number[];
}

export type SettingsChange = Parameters<PanelSession["settings"]["update"]>[0];

/** In the page: what the tests read of the panel behind its elements, and the few things they do there. */
export interface Seen {
  session(): PanelSession;
  /** Whether the open document, the one of that name if one is given, can be asked. */
  isReady(name?: string): boolean;
  /** Whether the engine stands and is encoding the picture. */
  isEncoding(): boolean;
  /** Whether no object waits for its answer. */
  isSettled(): boolean;
  /** Whether every visible object has its alternatives and is refined. */
  isRefined(): boolean;
  /** Whether the host keeps the work as it is now. */
  isKept(): Promise<boolean>;
  size(): { readonly width: number; readonly height: number };
  objects(): ShownObject[];
  /** The objects' masks as the model gave them. */
  masks(): PlainMask[];
  canUndo(): boolean;
  /** What the last act said at its end; nothing while it goes on. */
  said(): string;
  set(settings: SettingsChange): void;
  /** What the engine answers to a prompt on the open picture, asked past the panel. */
  predict(prompt: Prompt): Promise<PlainMask[]>;
}

declare global {
  /** Of pages that `openPage` has opened. */
  const seen: Seen;
}

/** Runs in the page before its scripts. */
export function defineSeen(): void {
  const here = () => document.querySelector("masksmith-panel")?.session;
  const session = () => {
    const found = here();
    if (!found) throw new Error("The page has no panel yet");
    return found;
  };
  const plain = ({ mask: { size, counts } }: Candidate) => ({ size: [...size], counts: Array.from(counts) });
  const answerTo = (id: string) => session().answering.answers.value.get(id);
  const defined: Seen = {
    session,
    isReady(name) {
      const picture = here()?.document.picture.value;
      if (picture?.phase === "failed") throw new Error(picture.error ?? "failed");
      return picture?.phase === "ready" && (!name || picture.document?.name === name);
    },
    isEncoding: () =>
      here()?.document.picture.value.phase === "reading" && session().engines.status.value.phase === "ready",
    isSettled: () => [...session().answering.answers.value.values()].every(({ asking }) => !asking),
    isRefined() {
      const { refining } = session();
      if (refining.state.value.error) throw new Error(refining.state.value.error);
      return refining.idle;
    },
    async isKept() {
      type Kept = Pick<PanelSession["work"]["now"], "objects" | "proposals">;
      const { work, host } = session();
      const [last] = ((await host.readSetting("work")) ?? []) as { work: { work: Kept } }[];
      const told = ({ objects, proposals }: Kept) =>
        JSON.stringify([objects.map(({ id, steps }) => [id, steps.length]), proposals]);
      return last !== undefined && told(last.work.work) === told(work.now);
    },
    size() {
      const { width, height } = session().document.current!;
      return { width, height };
    },
    objects: () =>
      session().work.now.objects.map(({ id, name }) => {
        const answer = answerTo(id);
        const shown = answer?.candidates[answer.chosen];
        const several = (answer?.candidates.length ?? 0) >= 3;
        return { name, area: shown?.area ?? 0, several, error: answer?.error ?? null };
      }),
    masks: () =>
      session().work.now.objects.map(({ id }) => {
        const { candidates, chosen } = answerTo(id)!;
        return plain(candidates[chosen]);
      }),
    canUndo: () => session().work.history.value.past.length > 0,
    said() {
      const { busy, notice } = session().reporter;
      return busy.value === null && notice.value && notice.value.tone !== "info" ? notice.value.text : "";
    },
    set: (settings) => session().settings.update(settings),
    async predict(prompt) {
      const { engine, document: open } = session();
      const [prediction] = await engine.predict(open.picture.value.embedding!, [prompt]);
      return prediction!.candidates.map(plain);
    },
  };
  Object.assign(window, { seen: defined });
}

/** A mask that came from the page. */
export function rleOf({ size, counts }: PlainMask): Rle {
  const [height, width] = size as [number, number];
  return { size: [height, width], counts: Uint32Array.from(counts) };
}
