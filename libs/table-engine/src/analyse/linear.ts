/** Sums of squares and products of standardised columns: everything that regressions among them need. */
export interface Moments {
  readonly names: string[];
  readonly scales: number[];
  /** Correlations, row by row. */
  readonly correlations: number[][];
  readonly rows: number;
}

/** Uses the rows in which no column is missing; null when fewer than 30 are left. */
export function momentsOf(columns: readonly { name: string; numbers: Float64Array }[]): Moments | null {
  const length = columns[0]?.numbers.length ?? 0;
  const rows: number[] = [];
  for (let row = 0; row < length; row += 1)
    if (columns.every(({ numbers }) => !Number.isNaN(numbers[row]))) rows.push(row);
  if (rows.length < 30) return null;
  const standard = columns.map(({ numbers }) => standardise(rows.map((row) => numbers[row] ?? 0)));
  const correlations = standard.map((a) =>
    standard.map(
      (b) => a.values.reduce((sum, value, index) => sum + value * (b.values[index] ?? 0), 0) / rows.length,
    ),
  );
  return {
    names: columns.map(({ name }) => name),
    scales: standard.map(({ scale }) => scale),
    correlations,
    rows: rows.length,
  };
}

function standardise(values: number[]): { values: number[]; scale: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const scale = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { values: values.map((value) => (scale > 0 ? (value - mean) / scale : 0)), scale };
}

export interface Fit {
  /** In units of the columns: change of the response per unit of the predictor. */
  readonly coefficients: Map<string, number>;
  /** Standardised: share of the response's spread that the predictor moves. */
  readonly weights: Map<string, number>;
  readonly r2: number;
}

/** Least squares of one column on others (normal equations on correlations, with a tiny ridge against collinearity). */
export function regress(moments: Moments, response: number, predictors: readonly number[]): Fit {
  const at = (row: number, column: number): number => moments.correlations[row]?.[column] ?? 0;
  const matrix = predictors.map((row) =>
    predictors.map((column) => at(row, column) + (row === column ? 1e-9 : 0)),
  );
  const right = predictors.map((row) => at(row, response));
  const solution = solve(matrix, right);
  const r2 = solution.reduce((sum, weight, index) => sum + weight * (right[index] ?? 0), 0);
  const coefficients = new Map<string, number>();
  const weights = new Map<string, number>();
  predictors.forEach((predictor, index) => {
    const name = moments.names[predictor] ?? '';
    const scale = moments.scales[predictor] ?? 0;
    weights.set(name, solution[index] ?? 0);
    coefficients.set(
      name,
      scale > 0 ? ((solution[index] ?? 0) * (moments.scales[response] ?? 0)) / scale : 0,
    );
  });
  return { coefficients, weights, r2: Math.min(1, Math.max(0, r2)) };
}

/** Gaussian elimination with partial pivoting. */
function solve(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  const rows = matrix.map((row, index) => [...row, right[index] ?? 0]);
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1)
      if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = row;
    const top = rows[pivot];
    const current = rows[column];
    if (!top || !current) continue;
    rows[pivot] = current;
    rows[column] = top;
    const divisor = top[column] ?? 0;
    if (Math.abs(divisor) < 1e-12) continue;
    for (let row = 0; row < size; row += 1) {
      const other = rows[row];
      if (row === column || !other) continue;
      const factor = (other[column] ?? 0) / divisor;
      if (factor === 0) continue;
      for (let index = column; index <= size; index += 1)
        other[index] = (other[index] ?? 0) - factor * (top[index] ?? 0);
    }
  }
  return rows.map((row, index) => {
    const divisor = row[index] ?? 0;
    return Math.abs(divisor) < 1e-12 ? 0 : (row[size] ?? 0) / divisor;
  });
}

/** Pearson correlation over the rows where both are present; null when fewer than `least`. */
export function correlation(a: Float64Array, b: Float64Array, least: number, step = 1): number | null {
  let n = 0;
  let sumA = 0;
  let sumB = 0;
  for (let row = 0; row < a.length; row += step) {
    const x = a[row] ?? Number.NaN;
    const y = b[row] ?? Number.NaN;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n += 1;
    sumA += x;
    sumB += y;
  }
  if (n < least) return null;
  const meanA = sumA / n;
  const meanB = sumB / n;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let row = 0; row < a.length; row += step) {
    const x = (a[row] ?? Number.NaN) - meanA;
    const y = (b[row] ?? Number.NaN) - meanB;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}
