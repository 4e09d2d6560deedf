import { css } from "lit";

/** The list of all objects, indented as they lie in each other. */
export const proposalStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 100%;
  }
  .list {
    flex: 1;
  }
  sp-picker {
    width: 100%;
  }
  input[type="checkbox"] {
    flex: none;
    width: 14px;
    height: 14px;
    margin: 0;
    accent-color: var(--ms-accent);
  }
  .icon {
    display: grid;
    flex: none;
    place-items: center;
    width: 24px;
    height: 24px;
    padding: 0;
    color: inherit;
    background: none;
    border: none;
    border-radius: 4px;
    cursor: pointer;
  }
  .icon:hover {
    background: var(--spectrum-gray-300);
  }
  .icon > * {
    width: 16px;
    height: 16px;
  }
  .failure {
    color: var(--ms-negative);
  }
  .count {
    font-variant-numeric: tabular-nums;
  }
  li[data-depth="1"] {
    margin-left: 14px;
  }
  li[data-depth="2"] {
    margin-left: 28px;
  }
  li[data-depth="3"] {
    margin-left: 42px;
  }
  @container (max-width: 280px) {
    li[data-depth="1"] {
      margin-left: 5px;
    }
    li[data-depth="2"] {
      margin-left: 10px;
    }
    li[data-depth="3"] {
      margin-left: 15px;
    }
    li {
      gap: 3px;
    }
  }
`;
