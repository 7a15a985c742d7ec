import type { AnalysisKind } from '@modelwright/contracts';

/** To translate a version into its compiled form: no question, but waited for, watched and ended like one. */
export const TRANSLATION = 'translation';

export type WorkKind = AnalysisKind | typeof TRANSLATION;
