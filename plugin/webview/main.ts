import { messageOf } from "@masksmith/core";
import { startPanel } from "@masksmith/panel";
import { askReplace } from "./askReplace.js";
import { BridgeHost } from "./bridgeHost.js";
import { readCommand, runCommand } from "./commands.js";
import { PreviewCanvas } from "./previewCanvas.js";
import { connectToUxp } from "./uxpTransport.js";

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}`);
  return found;
}

async function start(): Promise<void> {
  const end = connectToUxp({
    serve: async (_, params) => runCommand((await panel).session, host, readCommand(params)),
    onEvent: (name, value) => host.heard(name, value),
    onSession: () => void host.refresh(),
  });
  const host = new BridgeHost(end, askReplace);
  const canvas = new PreviewCanvas(host);
  element("stage").append(canvas.view.element);
  host.on("theme", (theme) => {
    document.documentElement.dataset.theme = theme;
  });
  const panel = (async () => {
    const open = await host.document();
    document.documentElement.dataset.theme = host.theme();
    void canvas.show(open);
    return startPanel(host, canvas);
  })();
  try {
    element("panel").append((await panel).element);
    element("waiting").remove();
  } catch (error) {
    const reason = messageOf(error).replace(/\.$/, "");
    element("waiting").textContent =
      `Couldn't start the panel: ${reason}. Your prompts are kept; choose Reload in the panel menu to try again.`;
  }
}

void start();
