/** Whether this is the long form of all tests (`npm run test:full`); `npm test` runs the short one. */
export const LONG = process.env.MASKSMITH_LONG === "1";
