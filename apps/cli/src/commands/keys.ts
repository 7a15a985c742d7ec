import {
  createDeploymentKey,
  listDeploymentKeys,
  revokeDeploymentKey,
  type DeploymentKey,
} from '@modelwright/sdk';
import type { Command } from 'commander';
import { answerOf, collect } from '../answers.js';
import { parseDuration } from '../output/duration.js';
import { Printer } from '../output/printer.js';
import { formatTime, type Column } from '../output/table.js';
import { resolve } from '../resolve.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import { group, idempotencyHeaders, leaf, withIdempotencyKey, withLimit, withProject } from './leaf.js';
import type { CreatingOptions, ProjectOptions } from './leaf.js';

const COLUMNS: readonly Column<DeploymentKey>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'key', value: ({ prefix, lastFour }) => `${prefix}…${lastFour}` },
  { title: 'status', value: ({ status }) => status },
  { title: 'expires', value: ({ expiresAt }) => formatTime(expiresAt) },
  { title: 'last used', value: ({ lastUsedAt }) => formatTime(lastUsedAt) },
  { title: 'id', value: ({ id }) => id },
];

type CreateOptions = CreatingOptions & { readonly name: string; readonly expires?: string };
type ListOptions = ProjectOptions & { readonly limit: number };

export function registerKeys(program: Command, session: Session): void {
  const keys = group(program, 'keys', 'Keys of an endpoint');

  withIdempotencyKey(
    withProject(
      leaf(keys, 'create <deployment>', 'Create a key and print it, this once', [
        'keys create churn --name billing',
        'export MODELWRIGHT_KEY=$(modelwright keys create churn --name ci --expires 30d)',
      ]),
    ),
  )
    .requiredOption('--name <name>', 'who or what will use it')
    .option('--expires <duration>', 'how long it is valid, as in 30d; 90 days by default')
    .action((reference: string, options: CreateOptions) => create(session, reference, options));

  withLimit(
    withProject(leaf(keys, 'list <deployment>', 'List the keys of an endpoint', ['keys list churn'])),
  ).action((reference: string, options: ListOptions) => list(session, reference, options));

  withProject(
    leaf(keys, 'revoke <deployment> <key>', 'Revoke a key at once', ['keys revoke churn billing']),
  ).action((reference: string, key: string, options: ProjectOptions) =>
    revoke(session, reference, key, options),
  );
}

async function create(session: Session, reference: string, options: CreateOptions): Promise<void> {
  const expiresAt =
    options.expires === undefined
      ? undefined
      : new Date(Date.now() + parseDuration(options.expires) * 1000).toISOString();
  const { id: deploymentId } = await new Finder(session).deployment(reference, options.project);
  const made = await answerOf(
    createDeploymentKey({
      client: await session.client(),
      path: { deploymentId },
      headers: idempotencyHeaders(options),
      body: { name: options.name, expiresAt },
    }),
  );
  const print = new Printer(session.io, options);
  print.value(made, made.key);
  print.note(`Shown this once; it is valid until ${formatTime(made.expiresAt) ?? 'it is revoked'}.`);
}

const keysOf = async (session: Session, deploymentId: string, limit?: number) => {
  const client = await session.client();
  return collect((query) => answerOf(listDeploymentKeys({ client, path: { deploymentId }, query })), limit);
};

async function list(session: Session, reference: string, options: ListOptions): Promise<void> {
  const { id } = await new Finder(session).deployment(reference, options.project);
  new Printer(session.io, options).list(
    await keysOf(session, id, options.limit),
    COLUMNS,
    'There is no key yet: modelwright keys create DEPLOYMENT --name NAME',
  );
}

async function revoke(
  session: Session,
  reference: string,
  name: string,
  options: ProjectOptions,
): Promise<void> {
  const { id: deploymentId } = await new Finder(session).deployment(reference, options.project);
  const key = await resolve<Pick<DeploymentKey, 'id' | 'name' | 'lastFour' | 'status'>>(name, {
    kind: 'key',
    // Told by the answer to the revocation itself whether it is there.
    byId: (id) => Promise.resolve({ id, name: id, lastFour: '', status: 'active' }),
    all: async () => (await keysOf(session, deploymentId)).items.filter(({ status }) => status === 'active'),
    namesOf: (item) => [item.name],
    describe: ({ id, name: label, lastFour }) => `${id}  ${label}  …${lastFour}`,
  });
  await answerOf(
    revokeDeploymentKey({ client: await session.client(), path: { deploymentId, keyId: key.id } }),
  );
  new Printer(session.io, options).item({ id: key.id, name: key.name, revoked: true }, [
    ['Revoked', key.name],
  ]);
}
