import type { ModelContract } from '@modelwright/contracts';
import type { AnsweredRow } from '../../deployments/requests/answered-rows.js';
import type { Truth } from './truth-value.js';

/** What is kept of a predicted row whose outcome is known. */
export interface JudgedRow {
  readonly requestId: string;
  readonly rowIndex: number;
  readonly modelVersionId: string;
  readonly modelVersionNumber: number;
  readonly predictedAt: Date;
  readonly truthLabel: string | null;
  readonly truthNumber: number | null;
  readonly predictedLabel: string | null;
  readonly predictedNumber: number | null;
  readonly truthProbability: number | null;
  readonly positiveProbability: number | null;
  readonly confidence: number | null;
}

interface LoggedAnswer {
  readonly prediction?: unknown;
  readonly probabilities?: Readonly<Record<string, unknown>> | null;
}

/** Puts what was predicted beside what was true. An endpoint that abstained has predicted nothing. */
export function judged(row: AnsweredRow, truth: Truth, output: ModelContract['output']): JudgedRow {
  const { prediction, probabilities } = answerOf(row.output);
  const probabilityOf = (label: unknown): number | null => {
    const value = typeof label === 'string' ? probabilities?.[label] : undefined;
    return typeof value === 'number' && Number.isFinite(value) ? value : null;
  };
  const isClass = truth.kind === 'class';
  return {
    requestId: row.requestId,
    rowIndex: row.rowIndex,
    modelVersionId: row.modelVersionId,
    modelVersionNumber: row.modelVersionNumber,
    predictedAt: row.at,
    truthLabel: isClass ? truth.label : null,
    truthNumber: isClass ? null : truth.value,
    predictedLabel: isClass && typeof prediction === 'string' ? prediction : null,
    predictedNumber: !isClass && typeof prediction === 'number' ? prediction : null,
    truthProbability: isClass ? probabilityOf(truth.label) : null,
    positiveProbability: isClass ? probabilityOf(output.positiveClass) : null,
    confidence: isClass ? probabilityOf(prediction) : null,
  };
}

function answerOf(output: unknown): LoggedAnswer {
  return typeof output === 'object' && output !== null ? output : {};
}
