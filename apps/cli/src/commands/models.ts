import type { Command } from 'commander';
import type { Session } from '../session/session.js';
import { choice, group, leaf, withIdempotencyKey, withLimit, withProject } from './leaf.js';
import { listModelsOf, listVersions, promote, rollBack, showModel } from './models-actions.js';
import { exportModel } from './models-export.js';

export function registerModels(program: Command, session: Session): void {
  const models = group(program, 'models', 'Models and their versions');

  type List = Parameters<typeof listModelsOf>[1];
  withLimit(
    withProject(leaf(models, 'list', 'List the models of a project', ['models list', 'models list --json'])),
  ).action((options: List) => listModelsOf(session, options));

  withProject(
    leaf(models, 'show <model>', 'Show a version of a model: how good it is and what it needs', [
      'models show churn',
      'models show churn@champion --json',
      'models show churn:2',
    ]),
  ).action((reference: string, options: Parameters<typeof showModel>[2]) =>
    showModel(session, reference, options),
  );

  withLimit(
    withProject(leaf(models, 'versions <model>', 'List the versions of a model', ['models versions churn'])),
  ).action((reference: string, options: List) => listVersions(session, reference, options));

  type Move = Parameters<typeof promote>[2];
  withProject(
    leaf(models, 'promote <model>', 'Make an alias name a version; its checks must allow it', [
      'models promote churn:2 --reason "better on new customers"',
      'models promote churn --alias staging --reason "to be tried"',
    ]),
  )
    .option('--alias <alias>', 'alias to move', 'champion')
    .requiredOption('--reason <text>', 'why, for the history')
    .action((reference: string, options: Move) => promote(session, reference, options));

  withProject(
    leaf(models, 'rollback <model>', 'Move an alias back to the version it named before', [
      'models rollback churn --reason "worse in production"',
    ]),
  )
    .option('--alias <alias>', 'alias to move back', 'champion')
    .requiredOption('--reason <text>', 'why, for the history')
    .action((reference: string, options: Move) => rollBack(session, reference, options));

  withIdempotencyKey(
    withProject(
      leaf(models, 'export <model>', 'Export a version to a file', [
        'models export churn@champion --format onnx --out churn.onnx',
        'models export churn:2 --format mlflow',
      ]),
    ),
  )
    .addOption(
      choice('--format <format>', 'what to make', ['mlflow', 'package', 'onnx', 'image']).default('mlflow'),
    )
    .option('-o, --out <file>', 'file to write, - for standard output; its own name by default')
    .action((reference: string, options: Parameters<typeof exportModel>[2]) =>
      exportModel(session, reference, options),
    );
}
