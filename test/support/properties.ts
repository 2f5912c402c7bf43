import fc from 'fast-check';

/**
 * Property tests draw the same examples in every run, so that a change is judged by itself and not by luck.
 * `FC_SEED=random` draws new ones (to look for faults), `FC_SEED=<number>` those of a run that failed.
 */
const said = process.env.FC_SEED;

if (said !== 'random') {
  const seed = Number(said ?? 20_261_121);
  if (!Number.isSafeInteger(seed))
    throw new Error(`FC_SEED must be "random" or a whole number, not ${JSON.stringify(said)}`);
  fc.configureGlobal({ seed });
}
