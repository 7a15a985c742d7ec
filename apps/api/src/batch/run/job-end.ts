import { isContainerRuntimeError } from '@modelwright/container-runtime';
import { TableError } from '@modelwright/table-engine';
import { isOutOfSpace } from '../../platform/problems/out-of-space.js';
import { Problem } from '../../platform/problems/problem.js';
import type { Ending } from '../batch-jobs.repository.js';
import { LostChunkError } from './batch-folders.js';
import { BadRowError, ScoringError } from './scoring-process.js';

/** The job ends here, for a reason that a person can do something about. */
export class JobEnd extends Error {
  constructor(readonly ending: Ending) {
    super(ending.failure ?? ending.status);
  }
}

export const CANCELLED = new JobEnd({ status: 'cancelled' });

const failed = (failure: string): Ending => ({ status: 'failed', failure });

/** How a job ends that cannot go on; undefined when another try may do better. */
export function reasonOf(cause: unknown): Ending | undefined {
  if (cause instanceof JobEnd) return cause.ending;
  if (cause instanceof BadRowError)
    return failed(
      `Row ${cause.badRow.row} does not fit the model: ${cause.badRow.detail} Mend it, or let the job go on past such rows.`,
    );
  if (isOutOfSpace(cause))
    return failed('The disk of the installation is full. Free space, and run the job again.');
  if (cause instanceof LostChunkError)
    return failed(`What was predicted already is no longer on the disk. ${cause.message} Run the job again.`);
  if (cause instanceof ScoringError) return reasonOfChild(cause);
  if (cause instanceof TableError && cause.code === 'out-of-memory') return failed(cause.detail);
  if (isContainerRuntimeError(cause)) return undefined;
  if (cause instanceof Problem && cause.status !== 500 && cause.code !== 'database-unavailable')
    return failed(cause.detail);
  return undefined;
}

function reasonOfChild({ code }: ScoringError): Ending | undefined {
  if (code === 'out-of-memory')
    return failed(
      'A row or the model needs more memory than a job may use. Leave out columns with long texts.',
    );
  return undefined;
}
