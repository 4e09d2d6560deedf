import { type Embedding, isEmptyRle, rleBox, softToRle } from "@masksmith/core";
import type { Host } from "../../host.js";
import {
  activeObject,
  addAct,
  addObject,
  changeObject,
  chooseCandidate,
  type PromptAct,
  type Stage,
  type Step,
  type Store,
  setActive,
  type Work,
  type XY,
} from "../../state/index.js";
import type { Answering, Answers, HoverPreview } from "../answering/index.js";
import type { DocumentReader, WorkClock, WorkKeeper } from "../document/index.js";
import type { Proposer } from "../proposals/index.js";
import type { Reporter } from "../reporter.js";
import type { Settings } from "../settings.js";
import type { Objects } from "./objects.js";
import { labelOf } from "./promptLabels.js";

export interface PromptsNeeds {
  readonly host: Pick<Host, "selection">;
  readonly document: Pick<DocumentReader, "current">;
  readonly work: WorkKeeper;
  readonly settings: Pick<Store<Settings>, "value">;
  readonly answering: Pick<Answering, "answers" | "embeddingOf" | "retry">;
  readonly preview: HoverPreview;
  readonly objects: Pick<Objects, "stepAnswer">;
  readonly proposals: Pick<Proposer, "kept">;
  readonly clock: Pick<WorkClock, "takeSeconds">;
  readonly reporter: Reporter;
}

/** A place that the user points at. */
export interface Spot {
  readonly at: XY;
  readonly foreground: boolean;
  /** How near counts as the same place, document pixels. */
  readonly reach: number;
  /** For a new object, whichever is active. */
  readonly newObject: boolean;
}

/** What the user points out in the picture. Each prompt is one step of undo. */
export class Prompts {
  readonly #needs: PromptsNeeds;

  constructor(needs: PromptsNeeds) {
    this.#needs = needs;
  }

  /** A prompt on the active object, or on a new one. */
  add(act: PromptAct, newObject = false): void {
    const { document, work, preview, clock, answering, reporter } = this.#needs;
    if (!document.current) return;
    const isNew = newObject || !work.active;
    if (isNew && isOnlyBackground(act)) {
      reporter.tell({ tone: "info", text: "Click the object first. Then Alt-click removes extra areas." });
      return;
    }
    preview.clear();
    const seconds = clock.takeSeconds();
    const fromNothing = this.#stage();
    work.act(labelOf(act), (now) => {
      const from = newObject ? setActive(now, null) : withShownChoice(now, answering.answers.value);
      const added = addAct(from, act);
      const object = activeObject(added)!;
      const stage = isNew ? fromNothing : object.stage === "automatic" ? "semi-automatic" : object.stage;
      return changeObject(added, object.id, { stage, seconds: object.seconds + seconds });
    });
  }

  /**
   * A click in the picture: a point, or, on the place of the last one, the next answer to it. A click that comes before the
   * answer is a double click, and says nothing more: who has seen nothing yet wants nothing else.
   */
  click(spot: Spot): void {
    const { answering, work, objects } = this.#needs;
    const { at, foreground, newObject } = spot;
    if (!this.#isAgain(spot)) {
      this.add({ kind: "point", at, foreground }, newObject);
      return;
    }
    const answer = answering.answers.value.get(work.active?.id ?? "");
    if (answer?.error) answering.retry();
    else objects.stepAnswer("next");
  }

  /** Previews what a click here would give; on the place of the last one what is shown is left to be seen. */
  hoverAt(spot: Spot): void {
    const { settings, preview } = this.#needs;
    const next = settings.value.hover ? this.#questionAt(spot) : null;
    if (next) void preview.show(next.embedding, next.steps, spot.at, spot.foreground);
    else preview.clear();
  }

  /** The button is down: asks at once what a click here gives, which then is known by the time the button is let go. */
  pressAt(spot: Spot): void {
    const next = this.#questionAt(spot);
    if (next) this.#needs.preview.prepare(next.embedding, next.steps);
  }

  /** The host's selection as prompt of a new object. */
  async addSelection(): Promise<void> {
    const { host, document, work, reporter } = this.#needs;
    try {
      const selection = await host.selection();
      const { current } = document;
      const mask = selection && current ? softToRle(selection, current) : null;
      if (!mask || isEmptyRle(mask)) {
        reporter.tell({
          tone: "info",
          text: "Nothing is selected. Draw a selection around the object, then try again.",
        });
        return;
      }
      const [x, y, width, height] = rleBox(mask);
      const act: PromptAct = { kind: "mask", mask, box: { x0: x, y0: y, x1: x + width, y1: y + height } };
      const stage = this.#stage();
      work.act("Use selection", (now) => addObject(now, [{ act, choice: null }], { stage }));
    } catch (error) {
      const run = () => void this.addSelection();
      reporter.fail("Couldn't read the selection", error, { label: "Try again", run });
    }
  }

  /**
   * What a click here would ask. Null while nothing can be asked or the answer that it builds on is not there, and where
   * there is nothing to take away from.
   */
  #questionAt(spot: Spot): { embedding: Embedding; steps: readonly Step[] } | null {
    const { work, answering } = this.#needs;
    const { at, foreground, newObject } = spot;
    if (this.#isAgain(spot)) return null;
    const active = newObject ? null : work.active;
    const embedding = answering.embeddingOf(active?.id ?? null);
    if (!embedding || (!foreground && !active)) return null;
    const answers = answering.answers.value;
    const answer = active && answers.get(active.id);
    if (answer && (answer.asking || answer.error !== null)) return null;
    const before = active ? (activeObject(withShownChoice(work.now, answers))?.steps ?? []) : [];
    return { embedding, steps: [...before, { act: { kind: "point", at, foreground }, choice: null }] };
  }

  /** Whether the last prompt of the active object is a point of the same sign at this place. */
  #isAgain({ at, foreground, reach, newObject }: Spot): boolean {
    const last = newObject ? undefined : this.#needs.work.active?.steps.at(-1)?.act;
    if (last?.kind !== "point" || last.foreground !== foreground) return false;
    return Math.hypot(last.at.x - at.x, last.at.y - at.y) <= reach;
  }

  /** Who makes an object that a prompt begins: a person alone, or one who was shown automatic masks first. */
  #stage(): Stage {
    const { settings, proposals, work } = this.#needs;
    const { mode, prefill } = settings.value;
    if (mode !== "label" || !prefill) return "assisted-manual";
    const isShown = proposals.kept().length > 0 || work.now.objects.some(({ stage }) => stage === "automatic");
    return isShown ? "semi-automatic" : "assisted-manual";
  }
}

/**
 * The work with the active object's shown candidate written down as chosen: what is asked next builds on it, whatever is
 * recommended later.
 */
function withShownChoice(work: Work, answers: Answers): Work {
  const answer = work.active === null ? undefined : answers.get(work.active);
  if (work.active === null || !answer || answer.asking || answer.candidates.length === 0) return work;
  return chooseCandidate(work, work.active, answer.chosen);
}

function isOnlyBackground(act: PromptAct): boolean {
  return (act.kind === "point" || act.kind === "stroke") && !act.foreground;
}
