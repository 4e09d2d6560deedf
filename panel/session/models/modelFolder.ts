import { type Manifest, MasksmithError, parseManifest } from "@masksmith/core";
import type { PageModel } from "../../engine/index.js";
import type { ModelFolder } from "../../host.js";
import { type PanelModel, panelModel } from "./modelShelf.js";

/** Files that the user chose in the page, as a folder; a chosen folder's own folders are not the model's. */
export function folderOfFiles(chosen: readonly File[]): ModelFolder {
  const files = chosen.filter(({ name, webkitRelativePath }) => (webkitRelativePath || name).split("/").length < 3);
  const byName = new Map(files.map((file) => [file.name, file]));
  return {
    files: files.map(({ name, size }) => ({ name, bytes: size })),
    async read(name) {
      const file = byName.get(name);
      if (!file) throw new MasksmithError("model", `The model's folder has no ${name}`);
      return new Uint8Array(await file.arrayBuffer());
    },
  };
}

const MANIFEST = "manifest.json";
const MOST_MANIFEST_BYTES = 4 << 20;

/**
 * A model from a folder that the user chose: manifest.json and what it names. The files' hashes are checked when the engine
 * loads them.
 * @throws MasksmithError `model` if there is no manifest, or a file is not of the size that it says.
 */
export async function modelOfFolder(folder: ModelFolder): Promise<PanelModel> {
  const manifest = await manifestOf(folder);
  const read: PageModel["read"] = async (name, options) => {
    const isListed = folder.files.some((file) => file.name === name);
    if (!isListed) throw new MasksmithError("model", `The model's folder has no ${name}, which its manifest names`);
    return folder.read(name, options);
  };
  const model = panelModel({ manifest, read }, "from a folder");
  checkSizes(folder, parseManifest(manifest));
  return { ...model, folder };
}

/** What can be seen without reading: a large file need not come over a bridge to be found cut off. */
function checkSizes(folder: ModelFolder, { id, files }: Manifest): void {
  for (const { name, bytes } of folder.files) {
    const expected = Object.hasOwn(files, name) ? files[name].bytes : bytes;
    if (bytes === expected) continue;
    const sizes = `expected ${expected} bytes, got ${bytes}`;
    throw new MasksmithError("model", `Model file ${name} of ${id} is damaged: ${sizes}`);
  }
}

async function manifestOf(folder: ModelFolder): Promise<unknown> {
  const listed = folder.files.find(({ name }) => name === MANIFEST);
  if (!listed) {
    const graphs = folder.files.some(({ name }) => name.endsWith(".onnx"));
    const hint = graphs
      ? "make a model of its graphs with masksmith models add --copy"
      : "choose the folder of a model";
    throw new MasksmithError("model", `The folder has no manifest.json; ${hint}`);
  }
  if (listed.bytes > MOST_MANIFEST_BYTES) {
    throw new MasksmithError("model", `The folder's manifest.json has ${listed.bytes} bytes: too many for a manifest`);
  }
  const text = new TextDecoder().decode(await folder.read(MANIFEST));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MasksmithError("model", "The folder's manifest.json is not JSON", { cause });
  }
}
