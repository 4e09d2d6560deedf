import { type Coverage, combineSoft, isEmptySoft, trimSoft } from "@masksmith/core";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { DocumentState, Layer } from "../../../hosts/browser/src/document/model.js";
import { changeLayer, findLayer } from "../../../hosts/browser/src/document/tree.js";
import type { App } from "./app.js";
import { type DocumentOptions, parentList, type SimState, stateOf, without, withPicture } from "./state.js";

const COMPONENTS: Readonly<Record<string, number>> = {
  RGBColorMode: 3,
  CMYKColorMode: 4,
  labColorMode: 3,
  grayscaleMode: 1,
};

/** A document of the simulated Photoshop: its state, its history, and what scripts see of it. */
export class SimDocument {
  readonly id: number;
  readonly options: DocumentOptions;
  isOpen = true;
  state: SimState;
  readonly history: { readonly id: number; readonly name: string; readonly state: SimState }[] = [];
  at = 0;
  quickMask: boolean;
  /** A mask was written that the screen does not show. */
  isStale = false;
  readonly counts: { groupIndex: number; position: { x: number; y: number } }[] = [];
  readonly samplers: { position: { x: number; y: number } }[] = [];
  readonly dom: unknown;
  readonly #simulator: App<SimDocument>;

  constructor(simulator: App<SimDocument>, id: number, picture: DocumentState, options: DocumentOptions) {
    this.#simulator = simulator;
    this.id = id;
    this.options = options;
    this.quickMask = options.quickMask ?? false;
    this.state = stateOf(picture, options.kinds);
    this.history.push({ id: simulator.newId(), name: "Open", state: this.state });
    this.dom = this.#dom();
  }

  get mode(): string {
    return this.options.mode ?? "RGBColorMode";
  }

  /** Channels of the colours. */
  get colours(): number {
    return COMPONENTS[this.mode] ?? 1;
  }

  mustBeOpen(): void {
    if (!this.isOpen) throw new Error("The document is no longer open");
  }

  /** A write of a script. */
  change(next: SimState): void {
    this.#simulator.mustWrite(this);
    this.state = next;
  }

  /** An act of the user: a history step at once. */
  act(name: string, next: SimState): void {
    const before = this.state;
    this.state = next;
    this.record(name, before);
    this.#simulator.tell("historyStateChanged", { documentID: this.id, name });
  }

  /** A history step, unless nothing but what is active has changed, or a step has been made of it. */
  record(name: string, before: SimState): void {
    if (isSameContent(this.state, before) || this.historyHas(this.state)) return;
    this.history.splice(this.at + 1);
    this.history.push({ id: this.#simulator.newId(), name, state: this.state });
    this.at = this.history.length - 1;
  }

  historyHas(state: SimState): boolean {
    return this.history.some((step) => isSameContent(step.state, state));
  }

  /** Back to a state's content; what is active stays where that is not said to come back. */
  rollBack(to: SimState, withActive: boolean): void {
    const { activeLayers, activeChannel } = this.state;
    if (withActive) {
      this.state = to;
      return;
    }
    const kept = activeLayers.filter((id) => findLayer(to.picture.layers, id));
    const top = to.picture.layers.at(-1)?.id;
    const active = kept.length > 0 || top === undefined ? kept : [top];
    this.state = { ...to, activeLayers: active, activeChannel };
  }

  undo(): void {
    if (this.at === 0) return;
    this.at--;
    this.state = this.history[this.at].state;
    this.#simulator.tell("select", { _target: [{ _ref: "historyState" }] });
    this.#simulator.tell("historyStateChanged", { documentID: this.id });
  }

  layer(id: unknown): Layer {
    const found = typeof id === "number" ? findLayer(this.state.picture.layers, id) : null;
    if (!found) throw new Error(`There is no layer ${String(id)}`);
    return found;
  }

  get activeLayer(): Layer | null {
    const [id, second] = this.state.activeLayers;
    return id === undefined || second !== undefined ? null : findLayer(this.state.picture.layers, id);
  }

  get canvas() {
    const { width, height } = this.state.picture;
    return { x: 0, y: 0, width, height };
  }

  /** The user's or a script's new selection. */
  selected(coverage: Coverage | null): SimState {
    const cut = coverage && trimSoft(coverage, this.canvas);
    if (!cut || isEmptySoft(cut)) return withPicture(this.state, { selection: null });
    const { outside: _, ...selection } = combineSoft(cut, cut, "intersect", this.canvas);
    return withPicture(this.state, { selection });
  }

  get selection(): Coverage | null {
    const { selection } = this.state.picture;
    return selection && toCoverage(selection);
  }

  grouped(name: string, ids: readonly number[]): number {
    const siblings = parentList(this.state.picture.layers, ids[0]);
    const members = (siblings ?? []).filter(({ id }) => ids.includes(id));
    if (members.length !== ids.length) throw new Error("The layers do not lie in one group");
    const id = this.#simulator.newId();
    const top = members[members.length - 1].id;
    const common = { visible: true, opacity: 1, locked: false, clipped: false, mask: null, expanded: true } as const;
    const group: Layer = { ...common, kind: "group", blendMode: "pass through", id, name, children: members };
    let layers = changeLayer(this.state.picture.layers, top, () => group);
    for (const member of members.slice(0, -1)) layers = without(layers, member.id, id);
    this.change({ ...withPicture(this.state, { layers }), activeLayers: [id] });
    return id;
  }

  layerDom(id: number): unknown {
    const document = this;
    const live = () => {
      document.mustBeOpen();
      return document.layer(id);
    };
    return {
      id,
      get name() {
        return live().name;
      },
      get kind() {
        const layer = live();
        return document.state.kinds[id] ?? (layer.kind === "group" ? "group" : "pixel");
      },
      get isBackgroundLayer() {
        const layer = live();
        return layer.kind === "pixels" && layer.background;
      },
      get locked() {
        const layer = live();
        return layer.locked || (layer.kind === "pixels" && layer.background);
      },
      get allLocked() {
        return live().locked;
      },
      get layers() {
        const layer = live();
        return layer.kind === "group" ? layer.children.map((child) => document.layerDom(child.id)) : undefined;
      },
      get bounds() {
        const layer = live();
        if (layer.kind === "group") return undefined;
        return { left: layer.x, top: layer.y, right: layer.x + layer.width, bottom: layer.y + layer.height };
      },
    };
  }

  #dom(): unknown {
    const document = this;
    const open = () => {
      document.mustBeOpen();
      return document.state;
    };
    return {
      id: this.id,
      get name() {
        open();
        return document.options.name ?? "Untitled-1";
      },
      get width() {
        return open().picture.width;
      },
      get height() {
        return open().picture.height;
      },
      get mode() {
        return document.mode;
      },
      get quickMaskMode() {
        return document.quickMask;
      },
      get activeLayers() {
        return open().activeLayers.map((id) => document.layerDom(id));
      },
      get layers() {
        return [...open().picture.layers].reverse().map(({ id }) => document.layerDom(id));
      },
      get channels() {
        const { channels } = open().picture;
        if (document.#simulator.variants.channelsListed === "alpha") return [...channels];
        return [...document.#components, ...channels];
      },
      get componentChannels() {
        open();
        return document.#components;
      },
      get activeChannels() {
        const { activeChannel, picture } = open();
        if (activeChannel === "mask") throw new Error("The active channels are not available for a layer mask");
        if (activeChannel === "composite") return document.#components;
        return [...document.#components, ...picture.channels].filter(({ name }) => name === activeChannel);
      },
      set activeChannels(channels: readonly { readonly name: string }[]) {
        document.#activate(channels.map(({ name }) => name));
      },
      get pathItems() {
        const { picture, workPath } = open();
        return picture.paths.map(({ name }) => ({
          name,
          kind: workPath && name === "Work Path" ? "workPathIndex" : "normalPathIndex",
        }));
      },
      get activeHistoryState() {
        open();
        return { id: document.history[document.at].id };
      },
      get historyStates() {
        open();
        return document.history.map(({ id, name }) => ({ id, name }));
      },
      get selection() {
        return document.#selectionDom();
      },
      countItems: { getAll: () => [...this.counts] },
      colorSamplers: this.samplers,
      createLayerGroup: async ({ name, fromLayers }: { name: string; fromLayers: readonly { id: number }[] }) => {
        await this.#simulator.step("createLayerGroup");
        const ids = fromLayers.map(({ id }) => id);
        return this.layerDom(this.grouped(name, ids));
      },
      closeWithoutSaving: async () => this.#simulator.close(this),
    };
  }

  get #components(): readonly { readonly name: string }[] {
    return Array.from({ length: this.colours }, (_, i) => ({ name: `Colour ${i}` }));
  }

  #activate(names: readonly string[]): void {
    const components = this.#components.map(({ name }) => name);
    const isAll = components.every((name) => names.includes(name));
    const known = [...components, ...this.state.picture.channels.map(({ name }) => name)];
    if (!names.every((name) => known.includes(name))) throw new Error("There is no such channel");
    if (!isAll && names.length !== 1) throw new Error("several channels: not simulated");
    this.change({ ...this.state, activeChannel: isAll ? "composite" : names[0] });
  }

  #selectionDom(): unknown {
    const document = this;
    return {
      get bounds() {
        document.mustBeOpen();
        const selection = document.state.picture.selection;
        if (!selection) return null;
        const { x, y, width, height } = selection;
        const { canvas } = document;
        const over = (touches: boolean) => (touches ? document.#simulator.variants.overhang : 0);
        return {
          left: x - over(x === 0),
          top: y - over(y === 0),
          right: x + width + over(x + width === canvas.width),
          bottom: y + height + over(y + height === canvas.height),
        };
      },
    };
  }
}

function isSameContent(a: SimState, b: SimState): boolean {
  return a.picture === b.picture && a.workPath === b.workPath && a.kinds === b.kinds;
}
