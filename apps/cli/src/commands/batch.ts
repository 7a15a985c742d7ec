import type { Command } from 'commander';
import type { Session } from '../session/session.js';
import { cancelBatch, listBatch, runBatch, showBatch } from './batch-actions.js';
import { gather, group, leaf, withIdempotencyKey, withLimit, withProject } from './leaf.js';

export function registerBatch(program: Command, session: Session): void {
  const batch = group(program, 'batch', 'Batch jobs: predict whole tables into datasets');

  withIdempotencyKey(
    withProject(
      leaf(batch, 'run <deployment> <table>', 'Predict every row of a file or a dataset', [
        'batch run churn new-customers.csv --wait',
        'batch run churn customers --columns identifiers --name "scored customers"',
        'batch run churn customers --map months=tenure --into scores',
      ]),
    ),
  )
    .option('--map <input=column>', 'column for an input of another name; may be given several times', gather)
    .option('--columns <columns>', 'columns to keep: all, identifiers, none, or names with commas between')
    .option('--name <name>', 'name of the dataset that is made')
    .option('--into <dataset>', 'make a new version of this dataset instead')
    .option('--stop-at-bad-row', 'end at the first row that does not fit the model')
    .option('--wait', 'return when it has ended')
    .action((deployment: string, table: string, options: Parameters<typeof runBatch>[3]) =>
      runBatch(session, deployment, table, options),
    );

  withLimit(withProject(leaf(batch, 'list', 'List batch jobs, newest first', ['batch list']))).action(
    (options: Parameters<typeof listBatch>[1]) => listBatch(session, options),
  );
  leaf(batch, 'show <job>', 'Show a batch job by its id', [
    'batch show 01890a5d-ac96-774b-bcce-b302099a8057',
  ]).action((job: string, options: Parameters<typeof showBatch>[2]) => showBatch(session, job, options));
  leaf(batch, 'cancel <job>', 'Cancel a batch job', [
    'batch cancel 01890a5d-ac96-774b-bcce-b302099a8057',
  ]).action((job: string, options: Parameters<typeof cancelBatch>[2]) => cancelBatch(session, job, options));
}
