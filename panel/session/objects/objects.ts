import { type AnswerStep, rleCovers, stepAnswer } from "@masksmith/core";
import {
  changeObject,
  chooseCandidate,
  type PanelObject,
  removeObject,
  setActive,
  type Work,
  type XY,
} from "../../state/index.js";
import { type Answering, answersBySize, type HoverPreview, type ObjectAnswer } from "../answering/index.js";
import type { WorkKeeper } from "../document/index.js";
import type { Notice, Reporter } from "../reporter.js";

export interface ObjectsNeeds {
  readonly work: WorkKeeper;
  readonly answering: Pick<Answering, "answers">;
  readonly preview: Pick<HoverPreview, "clear">;
  readonly reporter: Pick<Reporter, "speak" | "tell">;
}

const NO_OTHER: Notice = {
  tone: "info",
  text: "There is no other suggestion. Click elsewhere to add to the mask, Alt-click to subtract.",
};

/** What the user does to objects once they are there: which one is active, its suggestion, name, color. */
export class Objects {
  readonly #needs: ObjectsNeeds;

  constructor(needs: ObjectsNeeds) {
    this.#needs = needs;
  }

  /** No object is active: the next prompt starts a new one. */
  startNew(): void {
    const { preview, work, reporter } = this.#needs;
    preview.clear();
    work.amend((now) => setActive(now, null));
    reporter.speak("Click a new object");
  }

  activate(id: string): void {
    this.#needs.preview.clear();
    this.#needs.work.amend((now) => setActive(now, id));
  }

  /** Shows another of the active object's answers, by size. Where there is none that way, says so. */
  stepAnswer(step: AnswerStep): void {
    const { work, reporter } = this.#needs;
    const { active } = work;
    const answer = this.#answer(active?.id);
    if (!active || !answer) return;
    const ordered = answersBySize(answer);
    const next = stepAnswer(ordered, step);
    if (next !== null) this.choose(active.id, next);
    else if (answer.extending) reporter.speak("More suggestions are being found");
    else if (ordered.order.length < 2) reporter.tell(NO_OTHER);
    else reporter.speak(`This is the ${step === "smaller" ? "smallest" : "largest"} suggestion`);
  }

  /** Whether the active object has several answers, one of which lies under a point. */
  canStepAt({ x, y }: XY): boolean {
    const answer = this.#answer(this.#needs.work.active?.id);
    if (!answer || (!answer.extending && answersBySize(answer).order.length < 2)) return false;
    return answer.candidates.some(({ mask }) => rleCovers(mask, x, y));
  }

  choose(id: string, choice: number): void {
    if (!this.#answer(id)) return;
    this.#needs.preview.clear();
    this.#needs.work.act("Choose suggestion", (now) => chooseCandidate(now, id, choice));
  }

  rename(id: string, name: string): void {
    const trimmed = name.trim();
    const object = this.#find(id);
    if (!object || !trimmed || object.name === trimmed) return;
    this.#needs.work.act("Rename", (now) => changeObject(now, id, { name: trimmed }));
  }

  recolour(id: string, colour: string): void {
    this.#needs.work.act("Change color", (now) => changeObject(now, id, { colour }));
  }

  setVisible(id: string, visible: boolean): void {
    this.#needs.work.act(visible ? "Show object" : "Hide object", (now) => changeObject(now, id, { visible }));
  }

  remove(id: string): void {
    const object = this.#find(id);
    if (!object) return;
    this.#needs.work.act("Delete object", (now) => removeObject(now, id));
    this.#needs.reporter.speak(`${object.name} deleted`);
  }

  removeActive(): void {
    const { active } = this.#needs.work;
    if (active) this.remove(active.id);
  }

  /** The answer shown of an object; undefined while a newer one is on its way, whose candidates are others. */
  #answer(id: string | undefined): ObjectAnswer | undefined {
    const answer = id === undefined ? undefined : this.#needs.answering.answers.value.get(id);
    return answer?.asking || answer?.candidates.length === 0 ? undefined : answer;
  }

  #find(id: string): PanelObject | undefined {
    return this.#needs.work.now.objects.find((other) => other.id === id);
  }
}

export function visibleObjects({ objects }: Work): readonly PanelObject[] {
  return objects.filter(({ visible }) => visible);
}

/** The active object, else the newest visible one. */
export function chosenObjects(work: Work): readonly PanelObject[] {
  const active = work.objects.find(({ id }) => id === work.active);
  return active ? [active] : visibleObjects(work).slice(-1);
}
