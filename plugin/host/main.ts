import { answerAsk } from "../bridge/index.js";
import { CANVAS_DEFAULTS, type CanvasSettings } from "./canvasPrompts.js";
import { Commands, PANEL_ID } from "./commands.js";
import { environment, type UxpElement } from "./environment.js";
import { PhotoshopHost } from "./photoshopHost.js";
import { onTheme } from "./theme.js";
import { WebviewPanel } from "./webviewPanel.js";

const env = environment();
const host = new PhotoshopHost(env, (event, value) => panel.end.tell(event, value));
const handlers = host.handlers();
const panel = new WebviewPanel(env, (method, params, signal) => answerAsk(handlers, method, params, signal));
const commands = new Commands(env, panel, (text) =>
  host.saveFile({
    suggestedName: "masksmith-self-test.json",
    type: "application/json",
    bytes: Uint8Array.from(text, (letter) => (letter.charCodeAt(0) < 128 ? letter.charCodeAt(0) : 63)),
  }),
);

/** Items of the panel's menu that are switches of the canvas prompts. */
const SWITCHES: readonly (readonly [keyof CanvasSettings, string])[] = [
  ["marquee", "Marquee draws a box prompt"],
  ["restore", "Restore the selection after a box prompt"],
  ["counts", "Count tool places points (second group: background)"],
  ["samplers", "Color samplers place points"],
];

function toggle(key: keyof CanvasSettings): void {
  const settings = host.prompts.settings;
  void host.setCanvasPrompts({ ...settings, [key]: !settings[key] });
  markSwitches();
}

/** Check marks where switches are on. */
function markSwitches(): void {
  try {
    const items = env.uxp.entrypoints.getPanel?.(PANEL_ID)?.menuItems;
    for (const [key] of SWITCHES) {
      const item = items?.getItem(key);
      if (item) item.checked = host.prompts.settings[key];
    }
  } catch {
    // A menu without marks switches all the same.
  }
}

function invokeMenu(id: string): void {
  if (id === "reload") panel.reload();
  const found = SWITCHES.find(([key]) => key === id);
  if (found) toggle(found[0]);
}

// At once, and once: Photoshop gives a plugin some 20 ms for this, and each handler 300 ms, so none of them waits.
env.uxp.entrypoints.setup({
  panels: {
    [PANEL_ID]: {
      create(root: UxpElement): void {
        panel.mount(root);
      },
      show(root: UxpElement): void {
        panel.mount(root);
      },
      destroy(): void {
        panel.unmount();
      },
      invokeMenu,
      menuItems: [
        ...SWITCHES.map(([id, label]) => ({ id, label, checked: CANVAS_DEFAULTS[id] })),
        "-",
        { id: "reload", label: "Reload" },
      ],
    },
  },
  commands: {
    selectInBox: () => void commands.run("select-in-box"),
    maskInBox: () => void commands.run("mask-in-box"),
    maskAll: () => void commands.run("mask-all"),
    selfTest: () => void commands.run("self-test"),
  },
});

onTheme(env, (theme) => panel.end.tell("theme", theme));
void host
  .start()
  .catch(() => undefined)
  .then(markSwitches);
