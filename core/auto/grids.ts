import type { AutoSettings, PointGrid } from "./options.js";

/** Points evenly spaced in a square of side 1, row by row, each in the middle of its cell (`build_point_grid`, utils/amg.py). */
export function buildPointGrid(perSide: number): PointGrid {
  const first = 1 / (2 * perSide);
  const step = perSide > 1 ? (1 - 2 * first) / (perSide - 1) : 0;
  const at = (i: number) => (i === perSide - 1 && i > 0 ? 1 - first : first + i * step);
  return Array.from({ length: perSide * perSide }, (_, i) => [at(i % perSide), at(Math.floor(i / perSide))] as const);
}

/** One grid a crop layer, the whole picture's first (`build_all_layer_point_grids`). */
export function buildLayerGrids(settings: AutoSettings): readonly PointGrid[] {
  const { pointsPerSide, pointGrids, cropNLayers, cropNPointsDownscaleFactor } = settings;
  if (pointsPerSide === undefined) return pointGrids ?? [];
  return Array.from({ length: cropNLayers + 1 }, (_, layer) =>
    buildPointGrid(Math.floor(pointsPerSide / cropNPointsDownscaleFactor ** layer)),
  );
}
