import type { Command } from 'commander';
import type { Session } from '../session/session.js';
import { downloadData, listData, showData, showRows } from './data-actions.js';
import { uploadData } from './data-upload.js';
import {
  choice,
  group,
  leaf,
  parseCount,
  parseWhole,
  withIdempotencyKey,
  withLimit,
  withProject,
} from './leaf.js';

export function registerData(program: Command, session: Session): void {
  const data = group(program, 'data', 'Tables: upload, look at, download');

  withIdempotencyKey(
    withProject(
      leaf(data, 'upload <file>', 'Upload a table as a new dataset, or as a new version of one', [
        'data upload churn.csv --wait',
        'data upload churn.csv --name "Churn 2026" --target churned --wait --json',
        'data upload january.csv --version-of churn --wait',
      ]),
    ),
  )
    .option('--name <name>', 'name of the dataset; the file name by default')
    .option('--target <column>', 'column to predict, if it is known already')
    .option('--version-of <dataset>', 'add a version to this dataset instead')
    .option('--delimiter <character>', 'character between cells, found by itself otherwise')
    .option('--encoding <name>', 'character encoding, found by itself otherwise')
    .addOption(choice('--bad-rows <how>', 'rows of the wrong length', ['tolerate', 'skip', 'refuse']))
    .option('--allow-duplicate', 'keep the file even if the project has the same content already')
    .option('--wait', 'until the table is read and profiled')
    .action((file: string, options: Parameters<typeof uploadData>[2]) => uploadData(session, file, options));

  withLimit(
    withProject(
      leaf(data, 'list', 'List the datasets of a project, newest first', ['data list', 'data list --json']),
    ),
  ).action((options: Parameters<typeof listData>[1]) => listData(session, options));

  withProject(
    leaf(data, 'show <dataset>', 'Show a dataset, its columns and what is wrong with it', [
      'data show churn',
      'data show churn --target churned --json',
    ]),
  )
    .option('--target <column>', 'column to analyse as the target')
    .action((reference: string, options: Parameters<typeof showData>[2]) =>
      showData(session, reference, options),
    );

  withProject(
    leaf(data, 'rows <dataset>', 'Print rows of a dataset', [
      'data rows churn --limit 5',
      'data rows churn --sort spend --descending --json',
    ]),
  )
    .option('--limit <number>', 'at most so many, up to 1000', parseCount, 20)
    .option('--offset <number>', 'rows to skip', parseWhole, 0)
    .option('--sort <column>', 'column to sort by; file order by default')
    .option('--descending', 'from large to small')
    .action((reference: string, options: Parameters<typeof showRows>[2]) =>
      showRows(session, reference, options),
    );

  withProject(
    leaf(data, 'download <dataset>', 'Download a dataset', [
      'data download churn --out churn.csv',
      'data download churn --format parquet --out churn.parquet',
    ]),
  )
    .addOption(
      choice('--format <format>', 'as uploaded, or as it is used', ['original', 'parquet']).default(
        'original',
      ),
    )
    .option('-o, --out <file>', 'file to write; standard output by default', '-')
    .action((reference: string, options: Parameters<typeof downloadData>[2]) =>
      downloadData(session, reference, options),
    );
}
