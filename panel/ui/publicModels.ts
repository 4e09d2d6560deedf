import { PUBLIC_MODELS, type PublicModel } from "@masksmith/core";
import { css, html } from "lit";

/** How families are written; one that is not here, as its manifest has it. */
const FAMILIES: Readonly<Record<string, string>> = { sam: "SAM", sam2: "SAM 2", "sam-hq": "HQ-SAM" };

export const publicModelStyles = css`
  summary {
    cursor: pointer;
  }
  details > * + * {
    margin-top: 8px;
  }
  details ul {
    display: flex;
    flex-direction: column;
    gap: 8px;
    margin-bottom: 0;
    padding: 0;
    list-style: none;
  }
  code {
    font-size: 11px;
    white-space: nowrap;
  }
  .page {
    overflow-wrap: anywhere;
    user-select: text;
  }
`;

/** Public models that could be used, to read only: the panel fetches none. Addresses are text, for a webview opens no link. */
export const publicModels = html`<details>
  <summary>Public models</summary>
  <p class="quiet">
    Not included with masksmith and never downloaded by this panel. Get a model from its page, turn it into a model folder
    with <code>masksmith models add --copy</code> or <code>models/export</code> (see docs/models.md), then open that folder.
  </p>
  <ul aria-label="Public models">
    ${PUBLIC_MODELS.map(
      (model) => html`<li>
        <strong>${model.name}</strong>
        <div class="quiet">${FAMILIES[model.family] ?? model.family}, ${sizeOf(model)}, ${model.licence}</div>
        <div class="quiet page">${breakable(model.page)}</div>
      </li>`,
    )}
  </ul>
</details>`;

/** An address that breaks between its parts first. */
function breakable(address: string) {
  return address.split(/(?<=[^/:]\/)/).map((part) => html`${part}<wbr />`);
}

function sizeOf({ files }: PublicModel): string {
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? file.about ?? 0), 0);
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
