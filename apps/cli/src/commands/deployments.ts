import type { Command } from 'commander';
import type { Session } from '../session/session.js';
import { deploy } from './deploy.js';
import {
  changeState,
  deleteOne,
  listDeploymentsOf,
  logs,
  requests,
  showDeployment,
} from './deployments-actions.js';
import { rollBack, showVersions, switchVersion } from './deployment-versions.js';
import { choice, group, leaf, parseCount, withIdempotencyKey, withLimit, withProject } from './leaf.js';

export function registerDeployments(program: Command, session: Session): void {
  withIdempotencyKey(
    withProject(
      leaf(program, 'deploy <model>', 'Serve a model version at an endpoint', [
        'deploy churn --wait',
        'deploy churn@champion --name "Churn" --slug churn --auth api-key --wait',
        'deploy churn:2 --json',
      ]),
    ),
  )
    .option('--name <name>', 'name shown to people')
    .option('--slug <slug>', 'name of the endpoint in its address')
    .addOption(choice('--auth <mode>', 'who may predict', ['workspace', 'api-key', 'public']))
    .option('--rate-limit <number>', 'predictions per minute, all callers together', parseCount)
    .option('--wait', 'until it answers')
    .action((reference: string, options: Parameters<typeof deploy>[2]) =>
      deploy(session, reference, options),
    );

  const deployments = group(program, 'deployments', 'Endpoints: look at, start, stop');

  withLimit(
    withProject(
      leaf(deployments, 'list', 'List the deployments of a project', [
        'deployments list',
        'deployments list --json',
      ]),
    ),
  ).action((options: Parameters<typeof listDeploymentsOf>[1]) => listDeploymentsOf(session, options));

  withProject(
    leaf(deployments, 'show <deployment>', 'Show a deployment with its state and figures', [
      'deployments show churn',
      'deployments show churn --json',
    ]),
  ).action((reference: string, options: Parameters<typeof showDeployment>[2]) =>
    showDeployment(session, reference, options),
  );

  registerStates(deployments, session);
  registerVersions(deployments, session);
  registerLogs(deployments, session);
}

function registerStates(deployments: Command, session: Session): void {
  type Change = Parameters<typeof changeState>[3];
  for (const [verb, summary] of [
    ['start', 'Start a stopped or failed deployment'],
    ['stop', 'Stop a deployment; its endpoint refuses until it is started again'],
  ] as const)
    withProject(leaf(deployments, `${verb} <deployment>`, summary, [`deployments ${verb} churn --wait`]))
      .option('--wait', verb === 'start' ? 'until it answers' : 'until it has stopped')
      .action((reference: string, options: Change) => changeState(session, verb, reference, options));

  withProject(
    leaf(deployments, 'delete <deployment>', 'Delete a deployment, its keys and its log', [
      'deployments delete churn',
      'deployments delete churn --yes         # in a script',
    ]),
  )
    .option('-y, --yes', 'do not ask')
    .action((reference: string, options: Parameters<typeof deleteOne>[2]) =>
      deleteOne(session, reference, options),
    );
}

function registerVersions(deployments: Command, session: Session): void {
  withProject(
    leaf(deployments, 'versions <deployment>', 'Show which versions answer, and how they do', [
      'deployments versions churn',
    ]),
  ).action((reference: string, options: Parameters<typeof showVersions>[2]) =>
    showVersions(session, reference, options),
  );

  withProject(
    leaf(deployments, 'switch <deployment> <model>', 'Let another version answer, without a failed call', [
      'deployments switch churn churn:3 --reason "two weeks of newer data" --wait',
      'deployments switch churn churn@challenger --share 10',
      'deployments switch churn churn@challenger --shadow 100',
    ]),
  )
    .option('--share <percent>', 'it answers so many of a hundred calls only', parseCount)
    .option(
      '--shadow <percent>',
      'it gets copies of so many of a hundred calls and answers nobody',
      parseCount,
    )
    .option('--reason <text>', 'kept in the history')
    .option('--accept-contract-changes', 'go on although callers may be refused or may not understand')
    .option('--wait', 'until it has its place')
    .action((reference: string, model: string, options: Parameters<typeof switchVersion>[3]) =>
      switchVersion(session, reference, model, options),
    );

  withProject(
    leaf(deployments, 'rollback <deployment>', 'Let the version before answer again', [
      'deployments rollback churn --reason "errors" --wait',
    ]),
  )
    .option('--reason <text>', 'kept in the history')
    .option('--wait', 'until it answers')
    .action((reference: string, options: Parameters<typeof rollBack>[2]) =>
      rollBack(session, reference, options),
    );
}

function registerLogs(deployments: Command, session: Session): void {
  withProject(
    leaf(deployments, 'logs <deployment>', 'Print the last lines of the model server', [
      'deployments logs churn --tail 50',
      'deployments logs churn --follow --json',
    ]),
  )
    .option('--tail <number>', 'how many of the last lines, up to 2000', parseCount, 200)
    .option('-f, --follow', 'go on as lines come; Ctrl-C leaves it running')
    .action((reference: string, options: Parameters<typeof logs>[2]) => logs(session, reference, options));

  withLimit(
    withProject(
      leaf(deployments, 'requests <deployment>', 'List logged calls, newest first', [
        'deployments requests churn --limit 10',
        'deployments requests churn --outcome failed --json',
      ]),
    ),
  )
    .addOption(choice('--outcome <outcome>', 'which calls', ['all', 'succeeded', 'failed']).default('all'))
    .action((reference: string, options: Parameters<typeof requests>[2]) =>
      requests(session, reference, options),
    );
}
