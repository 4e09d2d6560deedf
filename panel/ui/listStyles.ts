import { css } from "lit";

/** Rows of thumbnails with names, for objects and proposals. */
export const listStyles = css`
  ul {
    display: flex;
    flex-direction: column;
    gap: 2px;
    margin: 0 -6px;
    padding: 0;
    list-style: none;
  }
  li {
    display: flex;
    align-items: center;
    gap: 6px;
    min-height: 36px;
    padding: 2px 2px 2px 6px;
    border-radius: 4px;
  }
  li:hover {
    background: var(--spectrum-gray-200);
  }
  li.active {
    background: var(--spectrum-gray-75);
    box-shadow: inset 2px 0 0 var(--ms-accent);
  }
  li.dropped {
    opacity: 0.8;
  }
  li.dropped ms-thumbnail {
    opacity: 0.55;
  }
  .pick {
    flex: none;
    padding: 0;
    background: none;
    border: none;
    border-radius: 4px;
    cursor: pointer;
  }
  .pick ms-thumbnail {
    width: 32px;
    height: 32px;
  }
  sp-action-button {
    flex: none;
  }
`;
