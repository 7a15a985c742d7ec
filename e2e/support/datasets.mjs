import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../tools/launch/paths.mjs';

/**
 * Path of a real table that lies beside the repository.
 * @param {string} name as in `telco-churn.csv`
 * @throws Error that says where it was looked for
 */
export function sharedTable(name) {
  const path = join(dirname(repositoryRoot), 'shared', 'datasets', name);
  if (existsSync(path)) return path;
  throw new Error(
    `${path} is missing. These tests use the real tables of ../shared/datasets, beside the repository.`,
  );
}
