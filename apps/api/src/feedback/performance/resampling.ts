type Cells = readonly (readonly number[])[];

const MAX_RESAMPLES = 1_000;
const MIN_RESAMPLES = 200;
/** So much work is done for one interval at most: with very many classes fewer resamples are drawn. */
const MAX_CELLS_DRAWN = 400_000;
/** Above this variance a binomial draw is taken from its normal limit. */
const NORMAL_FROM_VARIANCE = 25;

/** Tables with the same total, drawn from the shares of the given one; the same table gives the same draws. */
export function resampledCounts(counts: Cells): number[][][] {
  const cells = counts.flat();
  const total = cells.reduce((sum, count) => sum + count, 0);
  const filled = cells.filter((count) => count > 0).length;
  const resamples = Math.max(
    MIN_RESAMPLES,
    Math.min(MAX_RESAMPLES, Math.floor(MAX_CELLS_DRAWN / (filled + 1))),
  );
  const random = generator(total);
  return Array.from({ length: resamples }, () => drawTable(counts, total, random));
}

/** A multinomial draw as a chain of binomial ones. */
function drawTable(counts: Cells, total: number, random: () => number): number[][] {
  let left = total;
  let mass = total;
  return counts.map((row) =>
    row.map((count) => {
      if (count === 0 || left === 0) return 0;
      const drawn = count >= mass ? left : binomial(left, count / mass, random);
      left -= drawn;
      mass -= count;
      return drawn;
    }),
  );
}

function binomial(trials: number, share: number, random: () => number): number {
  if (share > 0.5) return trials - binomial(trials, 1 - share, random);
  const variance = trials * share * (1 - share);
  if (variance > NORMAL_FROM_VARIANCE) {
    const drawn = Math.round(trials * share + Math.sqrt(variance) * normal(random));
    return Math.max(0, Math.min(trials, drawn));
  }
  return inverted(trials, share, random);
}

/** Inversion by waiting times between successes (Devroye 1986, chapter X.4): as many steps as successes. */
function inverted(trials: number, share: number, random: () => number): number {
  const scale = Math.log1p(-share);
  let successes = 0;
  for (let at = 0; ; successes++) {
    at += Math.floor(Math.log(1 - random()) / scale) + 1;
    if (at > trials) return successes;
  }
}

/** Box and Muller 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Mulberry32 (public domain, T. Ettinger). */
function generator(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
