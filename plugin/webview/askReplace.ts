import type { SelectionMode } from "@masksmith/panel/host";

const CHOICES: readonly (readonly [SelectionMode, string, string])[] = [
  ["replace", "Replace", "discards the current mask"],
  ["add", "Add", "shows the object as well"],
  ["subtract", "Subtract", "hides the object"],
  ["intersect", "Intersect", "shows only where both overlap"],
];

/**
 * Asks in the page, which has no dialogs of the browser's, what is to become of the mask that a layer has. Null if nothing
 * is to happen: Cancel, Escape, or the signal.
 */
export function askReplace(layer: string, signal?: AbortSignal): Promise<SelectionMode | null> {
  const dialog = document.createElement("dialog");
  const question = document.createElement("p");
  question.id = "replace-question";
  question.textContent = `“${layer}” already has a mask. How should they combine?`;
  dialog.setAttribute("aria-labelledby", question.id);
  const actions = document.createElement("div");
  actions.className = "choices";
  const button = (value: SelectionMode | "", label: string, hint: string) => {
    const one = document.createElement("button");
    one.textContent = label;
    if (hint) {
      const small = document.createElement("small");
      small.textContent = hint;
      one.append(small);
    }
    one.addEventListener("click", () => dialog.close(value));
    return one;
  };
  actions.append(...CHOICES.map((choice) => button(...choice)), button("", "Cancel", "the mask stays as it is"));
  dialog.append(question, actions);
  document.body.append(dialog);
  const cancel = () => dialog.close("");
  signal?.addEventListener("abort", cancel, { once: true });
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      signal?.removeEventListener("abort", cancel);
      dialog.remove();
      resolve(CHOICES.find(([mode]) => mode === dialog.returnValue)?.[0] ?? null);
    });
  });
}
