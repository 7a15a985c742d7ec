import type { AnalysisSummary, RequestAnalysisRequest } from '@modelwright/sdk';

type Listed = Pick<AnalysisSummary, 'kind' | 'options'>;

/** The row of a question that somebody has asked already: the same kind, and every option that the question names. */
export function findAnalysis<T extends Listed>(
  items: readonly T[],
  { kind, options }: RequestAnalysisRequest,
): T | undefined {
  const named = Object.entries(options ?? {});
  return items.find(
    (item) =>
      item.kind === kind &&
      named.every(([name, value]) => JSON.stringify(item.options[name]) === JSON.stringify(value)),
  );
}
