import type { Command } from 'commander';
import type { Session } from '../session/session.js';
import {
  choice,
  gather,
  group,
  leaf,
  parseWhole,
  withIdempotencyKey,
  withLimit,
  withProject,
} from './leaf.js';
import { endRun, leaderboard, listRunsOf, notebook, showRun } from './runs-actions.js';
import { follow, PRESETS, startRun } from './runs-start.js';

export function registerRuns(program: Command, session: Session): void {
  const runs = group(program, 'runs', 'Training runs: start, follow, look at');
  registerStart(runs, session);

  withLimit(
    withProject(
      leaf(runs, 'list', 'List the runs of a project, newest first', [
        'runs list',
        'runs list --status running',
      ]),
    ),
  )
    .addOption(
      choice('--status <status>', 'only runs in this state', [
        'queued',
        'running',
        'paused',
        'succeeded',
        'failed',
        'cancelled',
      ]),
    )
    .action((options: Parameters<typeof listRunsOf>[1]) => listRunsOf(session, options));

  type Show = Parameters<typeof showRun>[2];
  withProject(
    leaf(runs, 'show <run>', 'Show a run', ['runs show "churn run 1"', 'runs show "churn run 1" --json']),
  ).action((reference: string, options: Show) => showRun(session, reference, options));

  withProject(
    leaf(runs, 'follow <run>', 'Follow a run until it has ended; Ctrl-C leaves it running', [
      'runs follow "churn run 1"',
      'runs follow "churn run 1" --json    # events, one JSON document a line',
    ]),
  ).action((reference: string, options: Show) => follow(session, reference, options));

  withProject(
    leaf(runs, 'stop <run>', 'Stop searching and keep the best model so far', ['runs stop "churn run 1"']),
  ).action((reference: string, options: Show) => endRun(session, 'stop', reference, options));

  withProject(
    leaf(runs, 'cancel <run>', 'Cancel a run; it makes no model', ['runs cancel "churn run 1"']),
  ).action((reference: string, options: Show) => endRun(session, 'cancel', reference, options));

  withProject(
    leaf(runs, 'leaderboard <run>', 'Print the candidates of a run, best first', [
      'runs leaderboard "churn run 1"',
      'runs leaderboard "churn run 1" --json',
    ]),
  ).action((reference: string, options: Show) => leaderboard(session, reference, options));

  withProject(
    leaf(runs, 'notebook <run>', 'Get a notebook that trains and judges a candidate again', [
      'runs notebook "churn run 1" --out churn.ipynb',
    ]),
  )
    .option('--candidate <id>', 'which candidate; the winner by default')
    .option('-o, --out <file>', 'file to write; standard output by default', '-')
    .action((reference: string, options: Parameters<typeof notebook>[2]) =>
      notebook(session, reference, options),
    );
}

function registerStart(runs: Command, session: Session): void {
  withIdempotencyKey(
    withProject(
      leaf(runs, 'start', 'Train models on a dataset', [
        'runs start --data churn --target churned --preset 60s --follow',
        'runs start --data churn --target churned --budget 5m --metric roc_auc --json',
        'runs start --data churn --task clustering --budget 30s',
      ]),
    ),
  )
    .requiredOption('--data <dataset>', 'name or id of the dataset')
    .option('--target <column>', 'column to predict; the one of the dataset by default')
    .addOption(choice('--preset <time>', 'how long to search', Object.keys(PRESETS)).conflicts('budget'))
    .option('--budget <duration>', 'how long to search, as in 90s, 5m, 2h')
    .option('--metric <name>', 'what to compare by, as in roc_auc or rmse')
    .addOption(choice('--task <task>', 'kind of model', ['binary', 'multiclass', 'regression', 'clustering']))
    .option('--family <family>', 'only this model family; may be given several times', gather)
    .option('--exclude <column>', 'leave a column out; may be given several times', gather)
    .option('--data-version <number>', 'version of the dataset; the newest by default', parseWhole)
    .option('--name <name>', 'name of the run')
    .option('--seed <number>', 'for the same folds and draws again', parseWhole)
    .option('--follow', 'show the leaderboard while it fills, end with the run')
    .action((options: Parameters<typeof startRun>[1]) => startRun(session, options));
}
