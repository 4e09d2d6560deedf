import type { Theme } from "@masksmith/panel/host";
import type { Environment } from "./environment.js";

const THEMES: readonly Theme[] = ["darkest", "dark", "light", "lightest"];

/** Photoshop's theme; its usual one where it cannot be told. */
export function currentTheme({ document }: Environment): Theme {
  try {
    return asTheme(document.theme?.getCurrent());
  } catch {
    return "dark";
  }
}

function asTheme(value: unknown): Theme {
  return THEMES.find((theme) => theme === value) ?? "dark";
}

export function onTheme({ document }: Environment, listener: (theme: Theme) => void): void {
  document.theme?.onUpdated?.addListener((theme) => listener(asTheme(theme)));
}
