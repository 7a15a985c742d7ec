import { ANALYSIS_KINDS, type AnalysisKind } from '@modelwright/contracts';

export interface Applicability {
  readonly kind: AnalysisKind;
  readonly applies: boolean;
  /** Why not, in a sentence. */
  readonly reason: string | null;
}

interface Asked {
  readonly task: string;
  readonly columns: number;
  readonly hasHoldout: boolean;
}

const NEEDS_TARGET: readonly AnalysisKind[] = [
  'permutation_importance',
  'segments',
  'fairness',
  'learning_curve',
  'residuals',
];
const NEEDS_NO_HOLDOUT: readonly AnalysisKind[] = ['what_if'];

/** Which analyses make sense for a model, and why the others do not. */
export function applicableKinds(model: Asked): Applicability[] {
  return ANALYSIS_KINDS.map((kind) => {
    const reason = reasonAgainst(kind, model);
    return { kind, applies: reason === null, reason };
  });
}

function reasonAgainst(kind: AnalysisKind, { task, columns, hasHoldout }: Asked): string | null {
  if (task === 'clustering' && NEEDS_TARGET.includes(kind))
    return 'A clustering has no target to compare with; the profiles of its clusters are under Performance.';
  if (kind === 'residuals' && task !== 'regression')
    return 'Residuals are for numbers; this model answers with a class.';
  if (kind === 'interactions' && columns < 2)
    return 'The model looks at a single column, so there are no pairs.';
  if (!hasHoldout && !NEEDS_NO_HOLDOUT.includes(kind))
    return 'No held-out rows are stored with this version, so there is nothing to look at.';
  return null;
}
