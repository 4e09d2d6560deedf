import { html, svg, type TemplateResult } from "lit";

/** Strokes on a 20 by 20 grid. */
const SHAPES = {
  eye: svg`<path d="M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5z"/><circle cx="10" cy="10" r="2.5"/>`,
  eyeOff: svg`<path d="M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5z" opacity=".4"/><path d="M4 16 16 4"/>`,
  lock: svg`<rect x="5" y="9" width="10" height="7" rx="1"/><path d="M7 9V7a3 3 0 0 1 6 0v2"/>`,
  folder: svg`<path d="M2.5 5.5h5l2 2h8v8h-15z"/>`,
  folderOpen: svg`<path d="M2.5 15.5v-10h5l2 2h7v2"/><path d="M2.5 15.5l3-6h13l-3 6z"/>`,
  undo: svg`<path d="M7 4 3 8l4 4"/><path d="M3 8h9a5 5 0 0 1 0 9H8"/>`,
  redo: svg`<path d="m13 4 4 4-4 4"/><path d="M17 8H8a5 5 0 0 0 0 9h4"/>`,
  open: svg`<path d="M2.5 15.5v-10h5l2 2h7v2"/><path d="M2.5 15.5l3-6h13l-3 6z"/>`,
  save: svg`<path d="M10 3v9m-4-4 4 4 4-4M3 13v4h14v-4"/>`,
  zoomIn: svg`<path d="M10 4v12M4 10h12"/>`,
  zoomOut: svg`<path d="M4 10h12"/>`,
  remove: svg`<path d="M4 6h12M8 6V4h4v2M6 6l1 11h6l1-11"/>`,
  select: svg`<path d="M3 3h3m3 0h2m3 0h3v3m0 3v2m0 3v3h-3m-3 0H9m-3 0H3v-3m0-3V9m0-3V3"/>`,
} as const;

export type IconName = keyof typeof SHAPES;

export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon-shape" viewBox="0 0 20 20" aria-hidden="true">${SHAPES[name]}</svg>`;
}
