/** Runs in the page: until what has changed is drawn; what changes over a moment is taken to its end. */
export async function rest(): Promise<void> {
  for (let frame = 0; frame < 3; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  const end = (root: Document | ShadowRoot): void => {
    for (const animation of root.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
    for (const { shadowRoot } of root.querySelectorAll("*")) if (shadowRoot) end(shadowRoot);
  };
  end(document);
}

/** Runs in the page: what of the panel overflows, has no name or cannot be read, one line each. */
export function faultsOf(): string[] {
  type Colour = readonly [number, number, number, number];
  const scratch = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  const colourOf = (words: string): Colour => {
    scratch.clearRect(0, 0, 1, 1);
    scratch.fillStyle = words;
    scratch.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = scratch.getImageData(0, 0, 1, 1).data;
    return [r!, g!, b!, a! / 255];
  };
  const over = (top: Colour, below: Colour): Colour => {
    const mix = (i: 0 | 1 | 2) => top[i] * top[3] + below[i] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  /** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
  const luminance = ([r, g, b]: Colour) => {
    const [R, G, B] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * R! + 0.7152 * G! + 0.0722 * B!;
  };
  const parentOf = (element: Element): Element | null =>
    element.assignedSlot ?? element.parentElement ?? (element.getRootNode() as ShadowRoot).host ?? null;
  const backOf = (element: Element | null): Colour => {
    if (!element) return [255, 255, 255, 1];
    const own = colourOf(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, backOf(parentOf(element)));
  };
  const isDimmed = (element: Element | null): boolean =>
    element !== null &&
    (Number(getComputedStyle(element).opacity) < 1 ||
      element.matches(":disabled, [disabled], [aria-disabled=true]") ||
      isDimmed(parentOf(element)));
  const named = (element: Element) => {
    const words = [element.localName, element.className, element.textContent?.trim().slice(0, 30)];
    const host = (element.getRootNode() as ShadowRoot).host;
    return `${host ? `${host.localName} ` : ""}${words.filter((word) => typeof word === "string" && word).join(" ")}`;
  };
  const textOf = (element: Element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== "");
  const faults = new Set<string>();
  const visit = (root: Element | ShadowRoot): void => {
    for (const element of root.children) {
      if (element.shadowRoot) visit(element.shadowRoot);
      visit(element);
      const box = element.getBoundingClientRect();
      if (!(element instanceof HTMLElement) || box.width <= 1 || box.height <= 1) continue;
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      check(element);
    }
  };
  const panel = document.querySelector("#panel")!.getBoundingClientRect();
  const check = (element: HTMLElement): void => {
    const style = getComputedStyle(element);
    const name = named(element);
    // Spectrum draws its focus rings up to 4 pixels outside a component, which counts as overflow without being seen.
    const isOurs = !`${element.localName} ${name}`.includes("sp-");
    const isCut = style.textOverflow === "ellipsis" || /auto|scroll/.test(style.overflowX);
    const spills = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 4 && isOurs && !isCut;
    if (spills) faults.add(`overflows ${element.scrollWidth} > ${element.clientWidth}: ${name}`);
    const { left, right } = element.getBoundingClientRect();
    if (left < panel.left - 1 || right > panel.right + 1) faults.add(`outside the panel: ${name}`);
    if (element.matches("button, sp-action-button, sp-button")) {
      const own = element.getAttribute("aria-label") ?? element.getAttribute("label") ?? element.textContent;
      const labelled = element.getAttribute("aria-labelledby") ?? element.closest("label");
      if (!own?.trim() && !labelled && !element.querySelector("slot")) faults.add(`no name: ${name}`);
    }
    if (!textOf(element) || isDimmed(element) || style.fontSize === "0px") return;
    const back = backOf(element);
    const [a, b] = [luminance(over(colourOf(style.color), back)), luminance(back)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faults.add(`contrast ${contrast.toFixed(2)}: ${name}`);
  };
  visit(document.querySelector("masksmith-panel")!.shadowRoot!);
  return [...faults];
}

/** Runs in the page: the panel's focused element, and whether it looks focused; null when the focus is elsewhere. */
export function shownFocus(): { name: string; seen: boolean } | null {
  const chain: HTMLElement[] = [];
  let root: DocumentOrShadowRoot = document;
  for (let at = root.activeElement; at; at = root.activeElement) {
    chain.push(at as HTMLElement);
    if (!at.shadowRoot) break;
    root = at.shadowRoot;
  }
  if (chain[0]?.localName !== "masksmith-panel") return null;
  const focused = chain.at(-1)!;
  // The ring of a component may be drawn by what wraps the focused element, or by its ::after.
  const looks = () => {
    const around = [...chain.slice(1), ...chain.map((one) => one.parentElement), ...siblings(focused)];
    return around.map((one) => (one ? ringOf(one) : "")).join("|");
  };
  const siblings = (one: Element) => [...(one.parentElement?.children ?? [])];
  const ringOf = (one: Element) =>
    [null, "::after", "::before"]
      .map((part) => {
        const style = getComputedStyle(one, part);
        const outline = style.outlineStyle === "none" ? "" : `${style.outlineWidth} ${style.outlineColor}`;
        return [outline, style.boxShadow, style.borderColor, style.opacity].join(";");
      })
      .join("/");
  for (const one of chain) one.style.transition = "none";
  const before = looks();
  focused.blur();
  const after = looks();
  focused.focus();
  const text = focused.getAttribute("aria-label") || focused.textContent?.trim().slice(0, 30) || "";
  return { name: `${chain.at(-2)?.localName} ${focused.localName} ${text}`, seen: before !== after };
}
