import {
  changeObject,
  chooseCandidate,
  type PanelObject,
  removeObject,
  setActive,
  type Work,
} from "../../state/index.js";
import { type Answering, type HoverPreview, namedCandidates } from "../answering/index.js";
import type { WorkKeeper } from "../document/index.js";
import type { Reporter } from "../reporter.js";

export interface ObjectsNeeds {
  readonly work: WorkKeeper;
  readonly answering: Pick<Answering, "answers">;
  readonly preview: Pick<HoverPreview, "clear">;
  readonly reporter: Pick<Reporter, "speak">;
}

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

  /** Chooses the active object's next candidate, from the biggest to the smallest. */
  cycleCandidate(step: 1 | -1): void {
    const { active } = this.#needs.work;
    const answer = active && this.#needs.answering.answers.value.get(active.id);
    if (!active || !answer || answer.candidates.length < 2) return;
    const order = namedCandidates(answer.candidates).map(({ index }) => index);
    const place = order.indexOf(answer.chosen) + step + order.length;
    this.choose(active.id, order[place % order.length]);
  }

  choose(id: string, choice: number): void {
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
