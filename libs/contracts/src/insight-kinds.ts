/** What can be asked about a model version. */
export const ANALYSIS_KINDS = [
  'shap_global',
  'shap_row',
  'permutation_importance',
  'partial_dependence',
  'interactions',
  'segments',
  'fairness',
  'learning_curve',
  'residuals',
  'what_if',
] as const;
export type AnalysisKind = (typeof ANALYSIS_KINDS)[number];

export const ANALYSIS_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type AnalysisStatus = (typeof ANALYSIS_STATUSES)[number];
