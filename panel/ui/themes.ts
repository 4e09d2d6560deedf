import { css } from "lit";

/**
 * Photoshop's four themes on Spectrum's two: the greys are laid around each theme's own background (#323232, #535353,
 * #b8b8b8, #f0f0f0), 100 being that background, so that every Spectrum component follows. Text is 800 on 100: 10:1 or more.
 */
export const themeStyles = css`
  sp-theme[data-theme="darkest"] {
    --spectrum-gray-50: #232323;
    --spectrum-gray-75: #2a2a2a;
    --spectrum-gray-100: #323232;
    --spectrum-gray-200: #3f3f3f;
    --spectrum-gray-300: #515151;
    --spectrum-gray-400: #6a6a6a;
    --spectrum-gray-500: #8d8d8d;
    --spectrum-gray-600: #b0b0b0;
    --spectrum-gray-700: #d0d0d0;
    --spectrum-gray-800: #ebebeb;
    --spectrum-gray-900: #ffffff;
    --ms-accent: #4b9cf5;
    --ms-negative: #ff7b76;
    --ms-positive: #4cc38a;
  }
  sp-theme[data-theme="dark"] {
    --spectrum-gray-50: #3f3f3f;
    --spectrum-gray-75: #494949;
    --spectrum-gray-100: #535353;
    --spectrum-gray-200: #626262;
    --spectrum-gray-300: #747474;
    --spectrum-gray-400: #8d8d8d;
    --spectrum-gray-500: #a9a9a9;
    --spectrum-gray-600: #cacaca;
    --spectrum-gray-700: #e2e2e2;
    --spectrum-gray-800: #f4f4f4;
    --spectrum-gray-900: #ffffff;
    --ms-accent: #8cc4ff;
    --ms-negative: #ffb3af;
    --ms-positive: #84e0b3;
  }
  sp-theme[data-theme="light"] {
    --spectrum-gray-50: #d9d9d9;
    --spectrum-gray-75: #c9c9c9;
    --spectrum-gray-100: #b8b8b8;
    --spectrum-gray-200: #a9a9a9;
    --spectrum-gray-300: #999999;
    --spectrum-gray-400: #818181;
    --spectrum-gray-500: #5f5f5f;
    --spectrum-gray-600: #424242;
    --spectrum-gray-700: #2b2b2b;
    --spectrum-gray-800: #171717;
    --spectrum-gray-900: #000000;
    --ms-accent: #0a489c;
    --ms-negative: #93060c;
    --ms-positive: #00472a;
  }
  sp-theme[data-theme="lightest"] {
    --spectrum-gray-50: #ffffff;
    --spectrum-gray-75: #f8f8f8;
    --spectrum-gray-100: #f0f0f0;
    --spectrum-gray-200: #e1e1e1;
    --spectrum-gray-300: #d0d0d0;
    --spectrum-gray-400: #b1b1b1;
    --spectrum-gray-500: #858585;
    --spectrum-gray-600: #5c5c5c;
    --spectrum-gray-700: #3b3b3b;
    --spectrum-gray-800: #1d1d1d;
    --spectrum-gray-900: #000000;
    --ms-accent: #0d66d0;
    --ms-negative: #b3111a;
    --ms-positive: #006239;
  }
`;

/** What all of the panel's elements share. */
export const sharedStyles = css`
  :host {
    box-sizing: border-box;
    color: var(--spectrum-gray-800);
    font-family: var(--spectrum-sans-font-family-stack, system-ui, sans-serif);
    font-size: 12px;
    line-height: 1.4;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2 {
    flex: 1;
    margin: 0;
    font-size: 12px;
    font-weight: 700;
    color: var(--spectrum-gray-800);
  }
  p {
    margin: 0;
  }
  .quiet {
    color: var(--spectrum-gray-700);
  }
  .row {
    display: flex;
    align-items: center;
    gap: 4px;
    min-width: 0;
  }
  .wrap {
    flex-wrap: wrap;
  }
  .grow {
    flex: 1;
    min-width: 0;
  }
  section {
    display: flex;
    flex-direction: column;
    gap: 8px;
    padding: 10px 12px;
    border-top: 1px solid var(--spectrum-gray-200);
  }
  :focus-visible {
    outline: 2px solid var(--ms-accent);
    outline-offset: 1px;
  }
  /* Its number field, without a border, shows no focus of its own. */
  sp-slider:focus-within {
    outline: 1px solid var(--ms-accent);
    outline-offset: 3px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
