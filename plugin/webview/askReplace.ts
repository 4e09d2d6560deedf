import type { SelectionMode } from "@masksmith/panel/host";

const CHOICES: readonly (readonly [SelectionMode, string, string])[] = [
  ["replace", "Replace", "a new mask; the present one is discarded"],
  ["add", "Add", "the object is shown as well"],
  ["subtract", "Subtract", "the object is hidden"],
  ["intersect", "Intersect", "only what both show"],
];

/**
 * Asks in the page, which has no dialogs of the browser's, what is to become of the mask that a layer has. Null if nothing
 * is to happen: Cancel, Escape, or the signal.
 */
export function askReplace(layer: string, signal?: AbortSignal): Promise<SelectionMode | null> {
  const dialog = document.createElement("dialog");
  const question = document.createElement("p");
  question.id = "replace-question";
  question.textContent = `“${layer}” has a mask already. What should the object do to it?`;
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
