/** Whether this is the long form (`npm run test:photoshop`); `npm test` runs the short one. */
export const LONG = process.env.MASKSMITH_PHOTOSHOP === "long";
