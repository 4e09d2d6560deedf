import type { HostFolder } from "../../../../plugin/panel/host.js";

/** Pictures chosen together, opened one after the other. The browser gives no folder, only the files in it. */
export class PictureFolder implements HostFolder {
  readonly #open: (file: File) => Promise<void>;
  #files: readonly File[] = [];

  constructor(open: (file: File) => Promise<void>) {
    this.#open = open;
  }

  async choose(): Promise<readonly string[] | null> {
    const files = await pickFiles();
    if (!files) return null;
    const inOrder = new Intl.Collator(undefined, { numeric: true });
    this.#files = [...files].sort((a, b) => inOrder.compare(a.name, b.name));
    return this.#files.map(({ name }) => name);
  }

  async open(index: number): Promise<void> {
    const file = this.#files[index];
    if (file) await this.#open(file);
  }
}

/** Asks for pictures; null if the user closes the picker. */
function pickFiles(): Promise<FileList | null> {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = "image/*,.psd,.psb";
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(input.files), { once: true });
    input.addEventListener("cancel", () => resolve(null), { once: true });
    input.click();
  });
}
