/** Asks in the page, which has no dialogs of the browser's, whether a layer's mask may be discarded. */
export function askReplace(layer: string): Promise<boolean> {
  const dialog = document.createElement("dialog");
  const words = document.createElement("p");
  words.textContent = `“${layer}” has a mask already. Replace it? To keep it, choose Add, Subtract or Intersect.`;
  const actions = document.createElement("div");
  actions.className = "actions";
  const button = (label: string, value: string) => {
    const one = document.createElement("button");
    one.textContent = label;
    one.addEventListener("click", () => dialog.close(value));
    return one;
  };
  actions.append(button("Keep", "keep"), button("Replace", "replace"));
  dialog.append(words, actions);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "replace");
    });
  });
}
