import { fileURLToPath } from "node:url";
import { packPlugin } from "./build/pack.mjs";
import { buildPlugin } from "./build/plugin.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await buildPlugin(at("dist"));
const { files, bytes } = await packPlugin(at("dist"), at("../dist/masksmith.ccx"));
process.stdout.write(`dist/masksmith.ccx: ${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
