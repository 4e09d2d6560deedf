import { type Embedding, isEmptyRle, rleBox, softToRle } from "@masksmith/core";
import type { Host, HostDocument } from "../host.js";
import {
  activeObject,
  addAct,
  addObject,
  changeObject,
  chooseCandidate,
  type PanelObject,
  type PromptAct,
  removeObject,
  type Stage,
  type Step,
  setActive,
  type Work,
  type XY,
} from "../state/index.js";
import type { AnswerKeeper } from "./answering/answers.js";
import type { HoverPreview } from "./answering/hover.js";
import { namedCandidates } from "./answering/prompts.js";
import type { PictureReader } from "./document/picture.js";
import type { WorkKeeper } from "./document/workKeeper.js";
import type { Labeller } from "./labelling/labeller.js";
import type { Proposer } from "./proposals/proposer.js";
import { Reporter } from "./reporter.js";
import type { SettingsKeeper } from "./settings.js";
import { isOnlyBackground, labelOf } from "./words.js";

/** What the user does to objects: prompts, choices, names. Each act is one step of undo. */
export abstract class ObjectActs extends Reporter {
  abstract readonly host: Host;
  abstract readonly settings: SettingsKeeper;
  abstract readonly picture: PictureReader;
  abstract readonly work: WorkKeeper;
  abstract readonly answers: AnswerKeeper;
  abstract readonly preview: HoverPreview;
  abstract readonly proposer: Proposer;
  abstract readonly labeller: Labeller;

  get document(): HostDocument | null {
    return this.picture.picture.value.document;
  }

  get active(): PanelObject | null {
    return activeObject(this.work.work);
  }

  /** A prompt on the active object, or on a new one. */
  prompt(act: PromptAct, newObject = false): void {
    if (!this.document) return;
    const fresh = newObject || !this.active;
    if (fresh && isOnlyBackground(act)) {
      this.tell({ tone: "info", text: "Click the object first; then Alt + click takes away what is too much." });
      return;
    }
    this.preview.clear();
    const seconds = this.labeller.takeSeconds();
    const fromNothing = this.#stage();
    this.work.act(labelOf(act), (work) => {
      const added = addAct(newObject ? setActive(work, null) : this.#settled(work), act);
      const object = activeObject(added)!;
      const stage = fresh ? fromNothing : object.stage === "automatic" ? "semi-automatic" : object.stage;
      return changeObject(added, object.id, { stage, seconds: object.seconds + seconds });
    });
  }

  /** Previews what a click here would give. */
  hoverAt(at: XY, foreground: boolean): void {
    const coming = this.settings.settings.value.hover ? this.#coming(at, foreground, false) : null;
    if (coming) void this.preview.ask(coming.embedding, coming.steps, at, foreground);
    else this.preview.clear();
  }

  /** The button is down: asks at once what a click here gives, which then is known by the time the button is let go. */
  pressAt(at: XY, foreground: boolean, newObject: boolean): void {
    const coming = this.#coming(at, foreground, newObject);
    if (coming) this.preview.prepare(coming.embedding, coming.steps);
  }

  /** The host's selection, or any mask of the document, as prompt of a new object. */
  async promptWithSelection(): Promise<void> {
    try {
      const selection = await this.host.selection();
      const { document } = this;
      const mask = selection && document ? softToRle(selection, document) : null;
      if (!mask || isEmptyRle(mask)) {
        this.tell({ tone: "info", text: "Nothing is selected. Draw a selection around the object, then try again." });
        return;
      }
      const [x, y, width, height] = rleBox(mask);
      const act: PromptAct = { kind: "mask", mask, box: { x0: x, y0: y, x1: x + width, y1: y + height } };
      const stage = this.#stage();
      this.work.act("Use selection", (work) => addObject(work, [{ act, choice: null }], { stage }));
    } catch (error) {
      const run = () => void this.promptWithSelection();
      this.fail("The selection could not be read", error, { label: "Try again", run });
    }
  }

  /** No object is active: the next prompt starts a new one. */
  newObject(): void {
    this.preview.clear();
    this.work.amend((work) => setActive(work, null));
    this.speak("New object: click it");
  }

  activate(id: string): void {
    this.preview.clear();
    this.work.amend((work) => setActive(work, id));
  }

  cycleCandidate(step: 1 | -1): void {
    const active = this.active;
    const answer = active && this.answers.answers.value.get(active.id);
    if (!active || !answer || answer.candidates.length < 2) return;
    const order = namedCandidates(answer.candidates, answer.hidden).map(({ index }) => index);
    const place = order.indexOf(answer.chosen) + step + order.length;
    this.choose(active.id, order[place % order.length]);
  }

  choose(id: string, choice: number): void {
    this.preview.clear();
    this.work.act("Choose answer", (work) => chooseCandidate(work, id, choice));
  }

  rename(id: string, name: string): void {
    const trimmed = name.trim();
    const object = this.work.work.objects.find((other) => other.id === id);
    if (!object || !trimmed || object.name === trimmed) return;
    this.work.act("Rename", (work) => changeObject(work, id, { name: trimmed }));
  }

  recolour(id: string, colour: string): void {
    this.work.act("Change colour", (work) => changeObject(work, id, { colour }));
  }

  setVisible(id: string, visible: boolean): void {
    this.work.act(visible ? "Show object" : "Hide object", (work) => changeObject(work, id, { visible }));
  }

  remove(id: string): void {
    const object = this.work.work.objects.find((other) => other.id === id);
    if (!object) return;
    this.work.act("Remove object", (work) => removeObject(work, id));
    this.speak(`${object.name} removed`);
  }

  removeActive(): void {
    if (this.active) this.remove(this.active.id);
  }

  /**
   * The work with the active object's shown answer written down as chosen: what is asked next builds on it, whatever is
   * recommended later.
   */
  #settled(work: Work): Work {
    const answer = work.active === null ? undefined : this.answers.answers.value.get(work.active);
    if (work.active === null || !answer || answer.asking || answer.candidates.length === 0) return work;
    return chooseCandidate(work, work.active, answer.chosen);
  }

  /**
   * What a click would ask. Null while nothing can be asked or the answer that it builds on is not there, and where there is
   * nothing to take away from.
   */
  #coming(at: XY, foreground: boolean, newObject: boolean): { embedding: Embedding; steps: readonly Step[] } | null {
    const active = newObject ? null : this.active;
    const embedding = this.answers.embeddingOf(active?.id ?? null);
    if (!embedding || (!foreground && !active)) return null;
    const answer = active && this.answers.answers.value.get(active.id);
    if (answer && (answer.asking || answer.error !== null)) return null;
    const before = active ? (activeObject(this.#settled(this.work.work))?.steps ?? []) : [];
    return { embedding, steps: [...before, { act: { kind: "point", at, foreground }, choice: null }] };
  }

  /** Who makes an object that a prompt begins: a person alone, or one who was shown automatic masks first. */
  #stage(): Stage {
    const { mode, prefill } = this.settings.settings.value;
    if (mode !== "label" || !prefill) return "assisted-manual";
    const isShown =
      this.proposer.kept().length > 0 || this.work.work.objects.some(({ stage }) => stage === "automatic");
    return isShown ? "semi-automatic" : "assisted-manual";
  }
}
