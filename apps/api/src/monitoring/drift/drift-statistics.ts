/** Added to every bin before shares are taken, so that an empty one does not make the index infinite. */
const PSEUDO_COUNT = 0.5;
/** Below this expected count a cell is too small for the chi-square approximation (Cochran 1954). */
const MIN_EXPECTED = 5;

type Counts = readonly number[];

const sum = (counts: Counts): number => counts.reduce((total, count) => total + count, 0);

/**
 * Population stability index: the symmetrised Kullback-Leibler divergence of the shares, sum of (p - q) ln(p / q).
 * Customary reading: below 0.1 stable, from 0.25 on a large shift (Siddiqi, Credit Risk Scorecards, 2006).
 */
export function stabilityIndex(reference: Counts, window: Counts, pseudoCount = PSEUDO_COUNT): number {
  const bins = reference.length;
  const referenceTotal = sum(reference) + pseudoCount * bins;
  const windowTotal = sum(window) + pseudoCount * bins;
  return reference.reduce((index, count, bin) => {
    const p = (count + pseudoCount) / referenceTotal;
    const q = ((window[bin] ?? 0) + pseudoCount) / windowTotal;
    return p === q ? index : index + (p - q) * Math.log(p / q);
  }, 0);
}

export interface TestResult {
  readonly statistic: number;
  /** Probability of a statistic at least as large if nothing has changed. */
  readonly pValue: number;
}

/**
 * Two-sample Kolmogorov-Smirnov on binned numbers: the largest distance of the distribution functions at the bounds of
 * the bins. Between the bounds it may be larger, so this is a lower bound of the statistic and its p-value is never too
 * small. Asymptotic p-value (Kolmogorov 1933, Smirnov 1948).
 */
export function kolmogorovSmirnov(reference: Counts, window: Counts): TestResult {
  const [n, m] = [sum(reference), sum(window)];
  if (n === 0 || m === 0) return { statistic: 0, pValue: 1 };
  let [referenceBelow, windowBelow, statistic] = [0, 0, 0];
  for (let bin = 0; bin < reference.length; bin++) {
    referenceBelow += (reference[bin] ?? 0) / n;
    windowBelow += (window[bin] ?? 0) / m;
    statistic = Math.max(statistic, Math.abs(referenceBelow - windowBelow));
  }
  return { statistic, pValue: kolmogorovTail(Math.sqrt((n * m) / (n + m)) * statistic) };
}

/** P(K > x) of the Kolmogorov distribution: 2 sum over k >= 1 of (-1)^(k - 1) exp(-2 k² x²). */
export function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1; // The series converges slowly here; the value differs from 1 by less than 1e-12.
  let tail = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    tail += k % 2 === 1 ? term : -term;
    if (term < 1e-18) break;
  }
  return Math.min(1, Math.max(0, 2 * tail));
}

/** Pearson's chi-square of two samples over the same cells; small cells are put together first. */
export function chiSquare(reference: Counts, window: Counts): TestResult {
  const [first, second] = withoutSmallCells(reference, window);
  const [n, m] = [sum(first), sum(second)];
  if (first.length < 2 || n === 0 || m === 0) return { statistic: 0, pValue: 1 };
  const statistic = first.reduce((total, count, cell) => {
    const other = second[cell] ?? 0;
    const both = count + other;
    const [expectedFirst, expectedSecond] = [(both * n) / (n + m), (both * m) / (n + m)];
    return (
      total + (count - expectedFirst) ** 2 / expectedFirst + (other - expectedSecond) ** 2 / expectedSecond
    );
  }, 0);
  return { statistic, pValue: chiSquareTail(statistic, first.length - 1) };
}

function withoutSmallCells(reference: Counts, window: Counts): [number[], number[]] {
  const [n, m] = [sum(reference), sum(window)];
  const share = Math.min(n, m) / (n + m || 1);
  const [first, second]: [number[], number[]] = [[], []];
  let [restFirst, restSecond] = [0, 0];
  reference.forEach((count, cell) => {
    const other = window[cell] ?? 0;
    if ((count + other) * share >= MIN_EXPECTED) {
      first.push(count);
      second.push(other);
    } else {
      restFirst += count;
      restSecond += other;
    }
  });
  // A rest that is small itself still counts: leaving it out would hide what is in it.
  if (restFirst + restSecond > 0) {
    first.push(restFirst);
    second.push(restSecond);
  }
  return [first, second];
}

/** P(X > x) of the chi-square distribution: the regularised upper incomplete gamma function Q(df / 2, x / 2). */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  if (!(x > 0)) return 1;
  const [a, z] = [degreesOfFreedom / 2, x / 2];
  return z < a + 1 ? 1 - lowerGammaSeries(a, z) : upperGammaFraction(a, z);
}

/** Series 6.5.29 of Abramowitz and Stegun. */
function lowerGammaSeries(a: number, z: number): number {
  let term = 1 / a;
  let total = term;
  for (let n = 1; n < 1_000 && Math.abs(term) > Math.abs(total) * 1e-16; n++) {
    term *= z / (a + n);
    total += term;
  }
  return total * Math.exp(-z + a * Math.log(z) - logGamma(a));
}

/** Continued fraction 6.5.31 of Abramowitz and Stegun, evaluated after Lentz. */
function upperGammaFraction(a: number, z: number): number {
  const tiny = 1e-300;
  let b = z + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 1_000; n++) {
    const coefficient = -n * (n - a);
    b += 2;
    d = 1 / nonZero(coefficient * d + b, tiny);
    c = nonZero(b + coefficient / c, tiny);
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return Math.exp(-z + a * Math.log(z) - logGamma(a)) * value;
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);

/** Coefficients of Lanczos' approximation for g = 7 and n = 9. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function logGamma(x: number): number {
  const z = x - 1;
  const t = z + 7.5;
  const series = LANCZOS.reduce((total, coefficient, index) =>
    index === 0 ? coefficient : total + coefficient / (z + index),
  );
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}

/** p-values adjusted so that among those below a level at most that share is false (Benjamini and Hochberg 1995). */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const count = pValues.length;
  const order = pValues.map((_, index) => index).sort((a, b) => (pValues[b] ?? 0) - (pValues[a] ?? 0));
  const adjusted = [...pValues];
  let smallest = 1;
  order.forEach((index, place) => {
    smallest = Math.min(smallest, ((pValues[index] ?? 0) * count) / (count - place));
    adjusted[index] = smallest;
  });
  return adjusted;
}
