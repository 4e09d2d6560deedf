export { pointsOfObjects } from "./points.js";
export { ObjectRanking } from "./ranking.js";
export { LEAST_SHARE, MOST_SPECKS, scoutedScore } from "./score.js";
export { objectsShown } from "./shown.js";
