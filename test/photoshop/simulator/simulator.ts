import type { DocumentState } from "../../../hosts/browser/src/document/model.js";
import { pictureState } from "../../../hosts/browser/src/document/newDocument.js";
import { allLayers } from "../../../hosts/browser/src/document/tree.js";
import type { App } from "./app.js";
import { failed, play } from "./batchPlay.js";
import { SimDocument } from "./document.js";
import { Imaging } from "./imaging.js";
import { otherForm, rectangle } from "./notices.js";
import type { Tokens } from "./pickedFiles.js";
import type { DocumentOptions, SimState } from "./state.js";
import { type Variants, WORST } from "./variants.js";

/** What can go wrong at a step of the plugin's. */
export type Fault = "cancel" | "throw" | "error-descriptor" | "close" | "memory" | "switch";

interface Scope {
  readonly name: string;
  cancelled: boolean;
  readonly open: Map<object, { document: SimDocument; name: string; before: SimDocument["state"] }>;
  readonly context: { isCancelled: boolean; onCancel?: () => void };
}

class NumberedError extends Error {
  readonly number: number;

  constructor(number: number, message: string) {
    super(message);
    this.number = number;
  }
}

type Listener = (event: string, descriptor: unknown) => void;

/**
 * Photoshop as its documentation and the field's experience describe it, worst case first: writes only in a modal scope,
 * errors as results, trimmed bounds, pyramid levels, silent notices. Counts image data that nobody disposed of.
 */
export class Simulator implements App<SimDocument> {
  readonly variants: Variants;
  readonly documents: SimDocument[] = [];
  readonly imaging: Imaging;
  readonly alerts: string[] = [];
  /** Folders by the tokens that plugins have of them; they outlive a plugin. */
  readonly tokens: Tokens = new Map();
  /** Milliseconds of this process's own work while each modal scope kept Photoshop locked: the same on a busy machine. */
  readonly locked: number[] = [];
  /** Names of the calls so far, for faults at each of them. */
  readonly calls: string[] = [];
  active: SimDocument | null = null;
  /** What happens now is told to no one. */
  isQuiet = false;
  /** Who keeps Photoshop busy, if anyone. */
  blocker: string | null = null;
  fault: { readonly at: number; readonly kind: Fault } | null = null;
  scopes = 0;
  #scope: Scope | null = null;
  #listeners: { readonly events: ReadonlySet<string>; readonly listener: Listener }[] = [];
  #nextId = 100;

  constructor(variants: Partial<Variants> = {}) {
    this.variants = { ...WORST, ...variants };
    this.imaging = new Imaging(this);
  }

  newId(): number {
    return this.#nextId++;
  }

  open(picture: DocumentState, options: DocumentOptions = {}): SimDocument {
    for (const { id } of allLayers(picture.layers)) this.#nextId = Math.max(this.#nextId, id + 1);
    const document = new SimDocument(this, this.newId(), picture, options);
    this.documents.push(document);
    this.active = document;
    this.tell("open", {});
    return document;
  }

  close(document: SimDocument): void {
    document.isOpen = false;
    this.documents.splice(this.documents.indexOf(document), 1);
    if (this.active === document) this.active = this.documents.at(-1) ?? null;
    this.tell("close", { documentID: document.id });
  }

  get inScope(): boolean {
    return this.#scope !== null;
  }

  /** The user presses Escape. */
  cancel(): void {
    if (!this.#scope) return;
    this.#scope.cancelled = true;
    this.#scope.context.isCancelled = true;
    this.#scope.context.onCancel?.();
  }

  /** Every call of the plugin passes here: faults, cancelled scopes, and a turn for other tasks. `within`: of one call's commands. */
  async step(name: string, within = false): Promise<void> {
    const index = this.calls.push(name) - 1;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#scope?.cancelled) throw new Error("The user cancelled this operation");
    if (this.fault?.at !== index) return;
    const { kind } = this.fault;
    if (within && (kind === "close" || kind === "switch")) {
      // Photoshop plays the commands of one call without letting anyone in between.
      this.fault = { at: index + 1, kind };
      return;
    }
    if (kind === "cancel") this.cancel();
    if (kind === "close" && this.active) this.close(this.active);
    if (kind === "switch")
      this.active = this.documents[0] === this.active ? (this.documents[1] ?? null) : this.documents[0];
    if (kind === "throw") throw new Error(`${name} is not available`);
    if (kind === "memory") throw new RangeError("Out of memory");
  }

  /** A fault that comes as a result. */
  get errorNow(): boolean {
    return this.fault?.kind === "error-descriptor" && this.fault.at === this.calls.length - 1;
  }

  /** @throws outside a modal scope, or in one whose document is gone. */
  mustWrite(document: SimDocument): void {
    if (!this.#scope) throw new Error("This operation may modify the document: use executeAsModal");
    if (this.#scope.cancelled) throw new Error("The user cancelled this operation");
    document.mustBeOpen();
  }

  documentOf(id: unknown): SimDocument {
    const found = id === undefined ? this.active : this.documents.find((one) => one.id === id);
    if (!found) throw new Error(`There is no document ${String(id)}`);
    return found;
  }

  // --- core

  async executeAsModal(work: (context: unknown) => Promise<unknown>, options: unknown): Promise<unknown> {
    const { commandName, timeOut = 1 } = (options ?? {}) as { commandName?: unknown; timeOut?: number };
    if (typeof commandName !== "string" || commandName === "")
      throw new Error("executeAsModal: commandName is required");
    await this.step("executeAsModal");
    if (this.#scope) return work(this.#contextOf(this.#scope));
    const end = Date.now() + timeOut * this.variants.second;
    while (this.blocker !== null) {
      if (Date.now() >= end) throw new NumberedError(9, `Host is in a modal state: ${this.blocker}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const context: { isCancelled: boolean } = { isCancelled: false };
    const scope: Scope = { name: commandName, cancelled: false, open: new Map(), context };
    this.#scope = scope;
    this.scopes++;
    const before = new Map(this.documents.map((document) => [document, document.state]));
    const started = process.cpuUsage();
    let commits = false;
    try {
      const value = await work(this.#contextOf(scope));
      commits = true;
      return value;
    } finally {
      for (const suspension of [...scope.open.keys()]) this.#resume(scope, suspension, commits);
      // Nothing promises to undo what was done without suspending that document's history.
      for (const [document, state] of before) document.record(commandName, state);
      this.#scope = null;
      const { user, system } = process.cpuUsage(started);
      this.locked.push((user + system) / 1000);
      if (this.variants.leaksOwn) this.#leak(before);
    }
  }

  /** Tells what was written while nothing was told. */
  #leak(before: ReadonlyMap<SimDocument, SimState>): void {
    const notices: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
    for (const [{ state }, was] of before) {
      const { selection, channels } = state.picture;
      if (selection !== was.picture.selection) {
        notices.push(["set", this.selectionNotice(selection ? rectangle(selection) : "none")]);
      }
      const made = channels.length > was.picture.channels.length;
      if (made) notices.push(["make", { _target: [{ _ref: "channel" }], new: { _class: "channel" } }]);
      if (state.activeLayers !== was.activeLayers) {
        notices.push(["select", { _target: [{ _ref: "layer" }], layerID: state.activeLayers, makeVisible: false }]);
      }
    }
    if (notices.length === 0) return;
    for (const [i, late] of [0, 30, 60].entries()) {
      setTimeout(() => this.tell(...notices[i % notices.length], 1), late);
    }
  }

  #contextOf(scope: Scope): unknown {
    return Object.assign(scope.context, {
      reportProgress: () => undefined,
      hostControl: {
        suspendHistory: async ({ documentID, name }: { documentID: number; name: string }) => {
          await this.step("suspendHistory");
          const document = this.documentOf(documentID);
          const suspension = {};
          scope.open.set(suspension, { document, name, before: document.state });
          return suspension;
        },
        resumeHistory: async (suspension: object, commit = true) => {
          await this.step("resumeHistory");
          this.#resume(scope, suspension, commit);
        },
      },
    });
  }

  #resume(scope: Scope, suspension: object, commit: boolean): void {
    const open = scope.open.get(suspension);
    if (!open) throw new Error("History is not suspended");
    scope.open.delete(suspension);
    const { document, name, before } = open;
    if (commit) document.record(name, before);
    else document.rollBack(before, this.variants.rollsBackActive);
  }

  // --- action

  async addNotificationListener(events: readonly string[], listener: Listener): Promise<void> {
    if (events.includes("all")) return;
    this.#listeners.push({ events: new Set(events), listener });
  }

  async batchPlay(commands: readonly Record<string, unknown>[]): Promise<readonly unknown[]> {
    if (!Array.isArray(commands)) throw new Error("batchPlay: commands must be an array");
    const answers: unknown[] = [];
    for (const [i, command] of commands.entries()) {
      if (typeof command?._obj !== "string") throw new Error("batchPlay: _obj is missing");
      await this.step(`batchPlay ${command._obj}`, i > 0);
      const answer = this.errorNow ? failed("The command is not currently available") : play(this, command);
      answers.push(answer);
      if ((answer as { _obj?: string })._obj === "error") break;
    }
    return answers;
  }

  /** Tells listeners, except of what happens in a scope; twice and in different forms where variants say so. */
  tell(event: string, descriptor: Readonly<Record<string, unknown>>, after = this.variants.noticeAfter): void {
    if (this.#scope || this.isQuiet || this.variants.tellsNothing) return;
    const send = (isCommand: boolean, given: Readonly<Record<string, unknown>>) => {
      for (const { events, listener } of this.#listeners) {
        if (events.has(event)) listener(event, JSON.parse(JSON.stringify({ ...given, _isCommand: isCommand })));
      }
    };
    setTimeout(() => send(true, descriptor), after);
    if (!this.variants.twice) return;
    setTimeout(() => send(false, otherForm(descriptor)), after + 7);
    setTimeout(() => send(false, descriptor), after + 119);
    setTimeout(() => send(true, otherForm(descriptor)), after + 339);
  }

  selectionNotice(to: unknown): Readonly<Record<string, unknown>> {
    const { targetKey, propertyForm } = this.variants;
    const property = propertyForm === "string" ? "selection" : { _enum: "property", _value: "selection" };
    const shape = to === "none" ? { _enum: "ordinal", _value: "none" } : to;
    return { [targetKey]: [{ _ref: "channel", _property: property }], to: shape };
  }

  /** The modules as the plugin requires them. */
  get photoshop(): unknown {
    const simulator = this;
    return {
      app: {
        get activeDocument() {
          return simulator.active?.dom ?? null;
        },
        get documents() {
          return simulator.documents.map(({ dom }) => dom);
        },
        version: this.variants.version,
        createDocument: async (options: { width: number; height: number }) => this.#create(options),
      },
      core: {
        executeAsModal: (work: (context: unknown) => Promise<unknown>, options: unknown) =>
          this.executeAsModal(work, options),
        showAlert: async ({ message }: { message: string }) => void this.alerts.push(message),
        redrawDocument: async ({ documentID }: { documentID: number }) => {
          await this.step("redrawDocument");
          this.documentOf(documentID).isStale = false;
        },
      },
      action: {
        batchPlay: (commands: readonly Record<string, unknown>[]) => this.batchPlay(commands),
        addNotificationListener: (events: readonly string[], listener: Listener) =>
          this.addNotificationListener(events, listener),
      },
      imaging: this.imaging.module,
    };
  }

  #create({ width, height }: { width: number; height: number }): unknown {
    if (!this.#scope) throw new Error("This operation may modify the document: use executeAsModal");
    const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
    return this.open(pictureState(width, height, pixels, true), { name: "masksmith test" }).dom;
  }
}
