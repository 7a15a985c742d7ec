import type { ModelVersion } from '@modelwright/sdk';

const MEASURING = 'What the score loses when one column is shuffled, ten times each; seconds to a minute.';

/** What asking for the importance does, and why it is not there: only a run can have had no time for it. */
export function importanceInvitation({ runId }: Pick<ModelVersion, 'runId'>): string {
  return runId ? `The run had no time left for it. ${MEASURING}` : MEASURING;
}
