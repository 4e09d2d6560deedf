import type { SimElement } from "./webview.js";

/** A panel as a plugin registers it. */
export interface Panel {
  create(root: SimElement): unknown;
  show?(root: SimElement): unknown;
  destroy?(root: SimElement): unknown;
  invokeMenu?(id: string): unknown;
  readonly menuItems?: readonly unknown[];
}

export interface MenuItem {
  readonly id: string;
  checked: boolean;
}

/** What the plugin registered. */
export interface Entries {
  readonly panels: Readonly<Record<string, Panel>>;
  readonly commands: Readonly<Record<string, () => unknown>>;
}
