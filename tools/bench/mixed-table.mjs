import { randomSource } from '../../e2e/support/schema-values.mjs';

const CATEGORIES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];

/** 20 mixed columns and a target that depends on some of them; the same for the same seed. */
export function mixedRows(count, seed = 11) {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => {
    const row = {};
    for (let i = 0; i < 12; i++)
      row[`number_${i}`] = random.chance(0.03) ? null : Math.round(random.next() * 10_000) / 100;
    for (let i = 0; i < 8; i++) row[`category_${i}`] = random.chance(0.02) ? null : random.pick(CATEGORIES);
    const signal =
      (row.number_0 ?? 50) / 100 +
      (row.number_1 ?? 50) / 200 +
      (row.category_0 === 'alpha' ? 0.5 : 0) +
      random.next() * 0.5;
    row.outcome = signal > 1.1 ? 'yes' : 'no';
    return row;
  });
}

export function toCsv(rows) {
  const names = Object.keys(rows[0]);
  return `${names.join(',')}\n${rows.map((row) => names.map((name) => row[name] ?? '').join(',')).join('\n')}\n`;
}

export const inputsOf = (rows) => rows.map(({ outcome: _outcome, ...inputs }) => inputs);
