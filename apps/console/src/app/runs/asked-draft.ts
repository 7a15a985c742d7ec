import { FAMILIES, METRICS, TASKS } from '@modelwright/contracts';
import type { RunDraft } from './run-draft';

interface Query {
  get(name: string): string | null;
  getAll(name: string): string[];
}

/** The draft with the task, metric and model families that a link asks for; what is none of ours is left out. */
export function withAsked(draft: RunDraft, query: Query): RunDraft {
  const task = TASKS.find((one) => one === query.get('task'));
  const metric = METRICS.find(({ name }) => name === query.get('metric'))?.name;
  const families = FAMILIES.filter((one) => query.getAll('family').includes(one));
  return {
    ...draft,
    ...(task ? { task } : {}),
    ...(metric ? { metric } : {}),
    ...(families.length > 0 ? { families } : {}),
  };
}
