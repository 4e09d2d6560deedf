import fc from "fast-check";

/**
 * Property tests draw the same cases in every run, so that a result depends on the code alone. `npm run test:properties` draws new
 * ones and more: MASKSMITH_SEED is its seed, MASKSMITH_RUNS multiplies the number of cases.
 */
const seed = Number(process.env.MASKSMITH_SEED ?? 20_260);

fc.configureGlobal({ seed });
