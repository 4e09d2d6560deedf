import { MasksmithError } from "@masksmith/core";
import type { HostFolder } from "@masksmith/panel/host";

interface NamedFile {
  /** Below the chosen folder, so that pictures of two subfolders stay apart. */
  readonly name: string;
  readonly file: File;
}

/** Pictures chosen together, or a folder's, opened one after the other. The browser gives no folder, only the files in it. */
export class PictureFolder implements HostFolder {
  readonly #open: (file: File, name: string) => Promise<void>;
  #files: readonly NamedFile[] = [];

  constructor(open: (file: File, name: string) => Promise<void>) {
    this.#open = open;
  }

  async choose(what: "pictures" | "folder"): Promise<readonly string[] | null> {
    const files = await pickFiles(what);
    if (!files) return null;
    const pictures = [...files].filter((file) => what === "pictures" || isPicture(file)).map(named);
    if (pictures.length === 0) throw new MasksmithError("input", "This folder has no images");
    const inOrder = new Intl.Collator(undefined, { numeric: true });
    this.#files = pictures.sort((a, b) => inOrder.compare(a.name, b.name));
    return this.#files.map(({ name }) => name);
  }

  async open(index: number): Promise<void> {
    const chosen = this.#files[index];
    if (chosen) await this.#open(chosen.file, chosen.name);
  }
}

function named(file: File): NamedFile {
  const below = file.webkitRelativePath.split("/").slice(1).join("/");
  return { name: below || file.name, file };
}

function isPicture({ name, type }: File): boolean {
  return !name.startsWith(".") && (type.startsWith("image/") || /\.ps[db]$/i.test(name));
}

/** Asks for pictures; null if the user closes the picker. */
function pickFiles(what: "pictures" | "folder"): Promise<FileList | null> {
  const input = document.createElement("input");
  input.type = "file";
  if (what === "folder") input.webkitdirectory = true;
  else {
    input.multiple = true;
    input.accept = "image/*,.psd,.psb";
  }
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(input.files), { once: true });
    input.addEventListener("cancel", () => resolve(null), { once: true });
    input.click();
  });
}
