import { describe, expect, it } from '@jest/globals';
import {
  benjaminiHochberg,
  chiSquare,
  chiSquareTail,
  kolmogorovSmirnov,
  kolmogorovTail,
  stabilityIndex,
} from './drift-statistics.js';

// Expected values: SciPy 1.17.1, the function that is named with each.
describe('drift statistics', () => {
  it.each([
    // scipy.special.kolmogorov(x)
    [0.3, 0.9999906941986655],
    [0.5, 0.9639452436648751],
    [0.8276, 0.49995841656354456],
    [1.0, 0.26999967167735456],
    [1.3581, 0.0499996304316674],
    [1.6276, 0.010001537333060776],
    [2.0, 0.0006709252557796953],
  ])('tail of the Kolmogorov distribution at %d', (x, expected) => {
    expect(kolmogorovTail(x)).toBeCloseTo(expected, 12);
  });

  it.each([
    // scipy.stats.chi2.sf(x, df)
    [0.5, 1, 0.47950012218695337],
    [3.841458820694124, 1, 0.04999999999999989],
    [10, 5, 0.07523524614651217],
    [37.5, 20, 0.010186443337403294],
    [150, 100, 0.0009039320423540184],
    [1.2, 7, 0.9909268978050813],
  ])('tail of chi-square at %d with %d degrees of freedom', (x, degreesOfFreedom, expected) => {
    expect(chiSquareTail(x, degreesOfFreedom)).toBeCloseTo(expected, 11);
  });

  it('keeps its relative precision far out in the tail', () => {
    // scipy.stats.chi2.sf(400, 3)
    expect(chiSquareTail(400, 3) / 2.2138865931011112e-86).toBeCloseTo(1, 9);
  });

  it('tests two samples of categories as a contingency table', () => {
    // scipy.stats.chi2_contingency([[120, 90, 40, 10], [300, 310, 60, 80]], correction=False)
    const { statistic, pValue } = chiSquare([120, 90, 40, 10], [300, 310, 60, 80]);
    expect(statistic).toBeCloseTo(24.6714183964184, 10);
    expect(pValue).toBeCloseTo(1.8086158537777327e-5, 15);
  });

  it('puts cells together that are too small for chi-square', () => {
    const { pValue } = chiSquare([500, 500, 1, 0, 1], [50, 50, 0, 1, 0]);
    expect(pValue).toBeGreaterThan(0.1);
  });

  it('tests two samples of numbers by the distance of their distribution functions', () => {
    // scipy.stats.ks_2samp of the samples that have these counts: 0.0685; p from scipy.special.kolmogorov
    const first = [39, 38, 35, 34, 41, 45, 37, 35, 46, 50];
    const second = [8, 23, 29, 28, 27, 20, 17, 32, 35, 31];
    const { statistic, pValue } = kolmogorovSmirnov(first, second);
    expect(statistic).toBeCloseTo(0.0685, 12);
    expect(pValue).toBeCloseTo(0.4658694386610648, 12);
  });

  it('gives the population stability index as the sum of both divergences', () => {
    // scipy.special.rel_entr(p, q).sum() + scipy.special.rel_entr(q, p).sum()
    const p = [1, 2, 3, 4];
    const q = [2, 2, 2, 4];
    expect(stabilityIndex(p, q, 0)).toBeCloseTo(0.10986122886681096, 14);
    expect(stabilityIndex(p, p)).toBe(0);
    expect(stabilityIndex([100, 0], [0, 100])).toBeLessThan(Infinity);
  });

  it('adjusts p-values for having tested many columns', () => {
    // scipy.stats.false_discovery_control
    const pValues = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216];
    const expected = [0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.1057142857142857, 0.216, 0.216, 0.216];
    const adjusted = benjaminiHochberg(pValues);
    for (const [index, value] of expected.entries()) expect(adjusted[index]).toBeCloseTo(value, 12);
    expect(benjaminiHochberg([...pValues].reverse())).toEqual([...adjusted].reverse());
    expect(benjaminiHochberg([])).toEqual([]);
  });
});
