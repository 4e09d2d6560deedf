/** Inputs whose value is not typed. */
const NOT_TYPED = new Set(["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"]);

/** Whether a dialog waits for its answer: every key is its own. */
export function isDialogOpen(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

/** Whether the control with the focus takes text: every key is its own. */
export function isTyping(event: Event): boolean {
  return event
    .composedPath()
    .some(
      (target) =>
        (target instanceof HTMLInputElement && !NOT_TYPED.has(target.type)) ||
        target instanceof HTMLTextAreaElement ||
        (target instanceof HTMLElement && target.isContentEditable),
    );
}

/** Whether the control with the focus needs the key itself: sliders what moves them, lists what chooses. */
export function isTaken(event: KeyboardEvent): boolean {
  if (isDialogOpen() || isTyping(event)) return true;
  const [focus] = event.composedPath();
  if (focus instanceof HTMLSelectElement) return !event.ctrlKey && !event.metaKey;
  const isSlider = focus instanceof HTMLInputElement && focus.type === "range";
  return isSlider && /^(Arrow|Page|Home|End)/.test(event.key);
}
