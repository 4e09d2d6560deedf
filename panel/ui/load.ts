import { nextTask } from "./frames.js";

/** The elements' modules, each with what it uses of Spectrum; the panel's own, which uses all, last. */
const MODULES: readonly (() => Promise<unknown>)[] = [
  () => import("lit"),
  () => import("@spectrum-web-components/theme/sp-theme.js"),
  () => import("@spectrum-web-components/theme/theme-dark.js"),
  () => import("@spectrum-web-components/theme/theme-light.js"),
  () => import("@spectrum-web-components/action-button/sp-action-button.js"),
  () => import("@spectrum-web-components/slider/sp-slider.js"),
  () => import("@spectrum-web-components/picker/sp-picker.js"),
  () => import("./toolBar.js"),
  () => import("./outputBar.js"),
  () => import("./answerPicker.js"),
  () => import("./refineView.js"),
  () => import("./proposalView.js"),
  () => import("./settingsView.js"),
  () => import("./panel.js"),
];

/** Defines the panel's elements, a few at a time: together they would keep the page's thread busy for too long. */
export async function loadElements(): Promise<void> {
  for (const load of MODULES) {
    await load();
    await nextTask();
  }
}
