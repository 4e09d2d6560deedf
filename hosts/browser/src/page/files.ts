/** Everything `openFile` reads; the picker's filter. */
const ACCEPT = "image/*,.psd,.psb,image/vnd.adobe.photoshop";

/** Asks for one file; null if the user closes the picker. */
export function pickFile(): Promise<File | null> {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ACCEPT;
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(input.files?.[0] ?? null), { once: true });
    input.addEventListener("cancel", () => resolve(null), { once: true });
    input.click();
  });
}

/** Calls back with files dropped anywhere on the page or pasted; `stage` shows where a drop goes. */
export function onFileGiven(stage: HTMLElement, open: (file: File) => void): void {
  const hasFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  window.addEventListener("dragover", (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    stage.classList.add("drop");
  });
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) stage.classList.remove("drop");
  });
  window.addEventListener("drop", (event) => {
    stage.classList.remove("drop");
    if (!hasFile(event)) return;
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) open(file);
  });
  window.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return;
    event.preventDefault();
    open(file);
  });
}
