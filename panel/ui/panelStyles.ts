import { css } from "lit";

/** The panel's frame: tabs, body, notice and footer. */
export const panelStyles = css`
  :host {
    display: block;
    min-width: 0;
    height: 100%;
    container-type: inline-size;
  }
  sp-theme {
    position: relative;
    display: flex;
    flex-direction: column;
    height: 100%;
    background: var(--spectrum-gray-100);
    color: var(--spectrum-gray-800);
    font-size: 12px;
  }
  ms-output-bar {
    flex: none;
  }
  nav {
    flex: none;
    padding: 0 12px;
    border-bottom: 1px solid var(--spectrum-gray-200);
  }
  sp-tabs {
    --mod-tabs-item-horizontal-spacing: 14px;
    --mod-tabs-divider-size: 2px;
    --mod-tabs-divider-background-color: transparent;
  }
  .body {
    flex: 1;
    min-height: 0;
    overflow: hidden auto;
    scrollbar-width: thin;
    scrollbar-color: var(--spectrum-gray-400) transparent;
  }
  @container (min-width: 620px) {
    .body.select > div {
      columns: 2;
      column-gap: 0;
    }
    .body.select > div > * {
      break-inside: avoid;
      display: block;
    }
  }
  footer {
    display: flex;
    align-items: center;
    gap: 6px;
    flex: none;
    padding: 3px 6px 3px 12px;
    border-top: 1px solid var(--spectrum-gray-200);
    background: var(--spectrum-gray-75);
  }
  footer button {
    flex: 1;
    padding: 4px 0;
    border: none;
    background: none;
    font: inherit;
    text-align: left;
    cursor: pointer;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .dot {
    flex: none;
    width: 7px;
    height: 7px;
    border-radius: 50%;
    background: var(--spectrum-gray-500);
  }
  .dot.ready {
    background: var(--ms-positive);
  }
  .dot.failed {
    background: var(--ms-negative);
  }
  .notice {
    display: flex;
    align-items: flex-start;
    gap: 8px;
    flex: none;
    margin: 0 8px 8px;
    padding: 6px 4px 6px 10px;
    border-left: 3px solid var(--ms-accent);
    border-radius: 4px;
    background: var(--spectrum-gray-75);
  }
  .notice.success {
    border-color: var(--ms-positive);
  }
  .notice.failure {
    border-color: var(--ms-negative);
  }
  .notice p {
    flex: 1;
    min-width: 0;
    padding: 3px 0;
    overflow-wrap: anywhere;
  }
  .notice svg {
    flex: none;
  }
  .notice sp-button {
    margin-top: 4px;
  }
`;
