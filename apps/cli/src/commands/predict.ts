import type { Command } from 'commander';
import { predictRows } from '../predict/predict-rows.js';
import type { Session } from '../session/session.js';
import { choice, gather, leaf, parseCount, withProject } from './leaf.js';

export function registerPredict(program: Command, session: Session): void {
  withProject(
    leaf(program, 'predict <endpoint> [source]', 'Predict rows with an endpoint, by its name, slug or id', [
      `predict churn --row '{"plan":"basic","months":3,"spend":20.5}'`,
      'predict churn --file new.csv --output csv > predictions.csv',
      'predict churn --file new.csv --with-input --missing NA',
      'cat rows.ndjson | modelwright predict churn - --output ndjson',
    ]),
  )
    .option('--row <json>', 'one row as a JSON object; may be given several times', gather)
    .option('--file <file>', 'rows in a .csv, .json or .ndjson file; - is standard input')
    .addOption(
      choice('--input <format>', 'what the rows are written in; seen by itself', ['csv', 'json', 'ndjson']),
    )
    .option('--delimiter <character>', 'character between the cells of a CSV', ',')
    .option(
      '--missing <text>',
      'a cell with this text is missing, as an empty one; may be given several times',
      gather,
    )
    .option('--key', 'call with a deployment key: MODELWRIGHT_KEY, or asked for')
    .option('--batch <number>', 'rows per call', parseCount, 1000)
    .option('--with-input', 'print the columns of the input too')
    .addOption(
      choice('--output <format>', 'how to print; a table on a terminal', ['table', 'csv', 'json', 'ndjson']),
    )
    .action((endpoint: string, source: string | undefined, options: Parameters<typeof predictRows>[3]) =>
      predictRows(session, endpoint, source, options),
    );
}
