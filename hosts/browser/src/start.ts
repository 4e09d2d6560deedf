import { messageOf } from "@masksmith/core";
import { loadAsset } from "@masksmith/panel/assets";
import { BrowserHost } from "./host/browserHost.js";
import { layeredPsd } from "./host/layeredPsd.js";
import { SidePanel } from "./lists/sidePanel.js";
import { PanelDivider } from "./page/divider.js";
import { PictureFolder } from "./page/folder.js";
import { Messages } from "./page/messages.js";
import { nextTask } from "./page/nextTask.js";
import { Page } from "./page/page.js";
import { TopBar } from "./page/topBar.js";
import { writePsdInWorker } from "./psd/inWorker.js";
import { DocumentView } from "./view/documentView.js";

/** The photograph the page opens with: "coffee" of scikit-image, CC0. */
const INCLUDED = "coffee.png";

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}`);
  return found;
}

/** In tasks of its own, so that the picture shows first. */
async function startPanelOf(host: BrowserHost, view: DocumentView) {
  await nextTask();
  const { startPanel } = await import("@masksmith/panel");
  return startPanel(host, view.picture);
}

/** In the panel's place. */
function failure(error: unknown): HTMLElement {
  const words = document.createElement("p");
  words.className = "empty";
  words.setAttribute("role", "alert");
  const reason = messageOf(error).replace(/\.$/, "");
  words.textContent = `Couldn't start the panel: ${reason}. Your image is open and can be saved; reload the page to try again.`;
  return words;
}

/** Builds the page, opens the included photograph and starts the panel. */
export async function start(): Promise<void> {
  const view = new DocumentView();
  element("stage").append(view.picture.element);
  const host = new BrowserHost(view.picture);
  await new PanelDivider(element("divider"), host).restore();
  await nextTask();
  const messages = new Messages(element("message"));
  const page = new Page(host, view, new SidePanel(element("lists")), messages, element("stage"));
  new TopBar(element("bar"), host, view.picture, { open: () => page.pick(), save: () => page.save() });
  page.listen();
  await nextTask();
  host.folder = new PictureFolder((file, name) => page.load(file, name));
  host.psd = layeredPsd(host, writePsdInWorker);
  const panel = startPanelOf(host, view);
  const session = panel.then(
    ({ session }) => session,
    () => null,
  );
  host.recolour = async (...asked) => (await panel).session.outputs.decontaminate(...asked);
  page.freeMemory = async () => (await session)?.freeMemory();
  try {
    await page.openIncluded(new Blob([await loadAsset(INCLUDED)], { type: "image/png" }), INCLUDED);
  } catch (error) {
    messages.fail(error);
  }
  try {
    element("panel").append((await panel).element);
  } catch (error) {
    element("panel").append(failure(error));
  }
}
