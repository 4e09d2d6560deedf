/**
 * Who may import whom, checked by `npm run lint`. Type-only imports count.
 * A list of layers reads from the lowest to the highest: each may import those before it, none may import one after it.
 */
const CORE = [
  "signal.ts",
  "errors.ts",
  "aborts.ts",
  "types.ts",
  "frames.ts",
  "raster.ts",
  "mask",
  "model",
  "runtime",
  "prompt",
  "encode",
  "decode",
  "refine",
  "auto",
  "dataset",
  "engine",
  "platform",
  "index.ts",
];
const PANEL = [
  "viewport",
  "host.ts",
  "assets",
  "state",
  "paint",
  "tools",
  "outputs",
  "engine",
  "session",
  "ui",
  "index.ts",
];

/** What each package may import by name; by a relative path it reaches itself alone. */
const PACKAGES = {
  core: [],
  panel: ["core", "models/minisam-vit-t"],
  plugin: ["core", "panel"],
  "hosts/browser": ["core", "panel"],
  "hosts/cli": ["core", "models/minisam-vit-t"],
  "models/minisam-vit-t": [],
};
const names = Object.keys(PACKAGES);

const any = (paths) => `^(${paths.join("|")})(/|$)`;

/** One rule a layer: it imports no higher one. */
function upward(folder, layers) {
  return layers.slice(0, -1).map((layer, i) => ({
    name: `upward-${folder}-${layer}`,
    comment: `${folder}/${layer} is a lower layer than what it imports.`,
    severity: "error",
    from: { path: any([`${folder}/${layer}`]) },
    to: { path: any(layers.slice(i + 1).map((higher) => `${folder}/${higher}`)) },
  }));
}

function packages() {
  return names.flatMap((name) => {
    const others = names.filter((other) => other !== name);
    return [
      {
        name: `package-${name}`,
        comment: `${name} may import ${PACKAGES[name].join(", ") || "no other package"}.`,
        severity: "error",
        from: { path: any([name]) },
        to: { path: any(others.filter((other) => !PACKAGES[name].includes(other)).concat("test")) },
      },
      {
        name: `relative-${name}`,
        comment: "Import another package by its name.",
        severity: "error",
        from: { path: any([name]) },
        to: { path: any(others), dependencyTypes: ["local"], dependencyTypesNot: ["aliased"] },
      },
    ];
  });
}

export default {
  forbidden: [
    { name: "circle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "unresolved",
      comment: "Photoshop gives `uxp` and `photoshop`; our builds make `masksmith:` modules.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(uxp|photoshop|masksmith:[a-z-]+)$" },
    },
    {
      name: "undeclared",
      comment: "Name it in the package.json of the package that imports it.",
      severity: "error",
      from: { path: any(names) },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "core-is-neutral",
      comment: "The core knows no host; core/platform starts its workers.",
      severity: "error",
      from: { path: "^core/", pathNot: "^core/platform/node" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "photoshop-only-in-the-plugin",
      severity: "error",
      from: { pathNot: "^plugin/host/" },
      to: { path: "^(uxp|photoshop)$" },
    },
    ...packages(),
    ...upward("core", CORE),
    ...upward("panel", PANEL),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.lint.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/|^out/|^test/fixtures/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "node", "default"],
      extensions: [".ts", ".d.ts", ".mjs", ".js", ".css", ".json"],
    },
  },
};
