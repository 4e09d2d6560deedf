import { mkdir } from "node:fs/promises";
import sharp from "sharp";

/** Light strokes for dark themes and the other way round. */
const COLOURS = { dark: "#e0e0e0", light: "#3c3c3c" };
const SIZES = { panel: 23, plugin: 24 };

/** A round object in a dashed selection with the click that found it. */
function drawing(colour) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="${colour}">
    <rect x="3" y="3" width="18" height="18" rx="1.5" stroke-width="1.6" stroke-dasharray="3.2 2.1"/>
    <circle cx="12" cy="12" r="5.2" fill="${colour}" stroke="none"/>
    <path d="M12 9.6v4.8M9.6 12h4.8" stroke="${colour === COLOURS.dark ? "#2a2a2a" : "#f4f4f4"}" stroke-width="1.5"/>
  </svg>`;
}

/**
 * The plugin's icons for the panel and the plugin list, dark and light themes, both scales.
 * @param {string} folder
 */
export async function writeIcons(folder) {
  await mkdir(folder, { recursive: true });
  for (const [kind, size] of Object.entries(SIZES)) {
    for (const [theme, colour] of Object.entries(COLOURS)) {
      for (const scale of [1, 2]) {
        const side = size * scale;
        const picture = sharp(Buffer.from(drawing(colour)), { density: 72 * (side / 24) * 4 }).resize(side, side);
        await picture.png().toFile(`${folder}/${kind}-${theme}@${scale}x.png`);
      }
    }
  }
}
