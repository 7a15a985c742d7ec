import { createProject, deleteProject, listProjects, type Project } from '@modelwright/sdk';
import type { Command } from 'commander';
import { answerOf, collect } from '../answers.js';
import { usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { formatTime, type Column } from '../output/table.js';
import { consoleLink } from '../session/console-links.js';
import { confirmName } from '../session/prompt.js';
import type { Session } from '../session/session.js';
import { group, idempotencyHeaders, leaf, withIdempotencyKey, withLimit } from './leaf.js';
import type { CommonOptions, CreatingOptions } from './leaf.js';

const COLUMNS: readonly Column<Project>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'role', value: ({ role }) => role },
  { title: 'members', value: ({ memberCount }) => memberCount, align: 'right' },
  { title: 'created', value: ({ createdAt }) => formatTime(createdAt) },
  { title: 'id', value: ({ id }) => id },
];

export function registerProjects(program: Command, session: Session): void {
  const projects = group(program, 'projects', 'The projects you work in');

  withLimit(
    leaf(projects, 'list', 'List your projects, newest first', ['projects list', 'projects list --json']),
  ).action((options: CommonOptions & { limit: number }) => list(session, options));

  withIdempotencyKey(leaf(projects, 'create <name>', 'Make a project', ['projects create churn --use']))
    .option('--description <text>', 'what it is for')
    .option('--use', 'work in it from now on')
    .action((name: string, options: CreateOptions) => create(session, name, options));

  leaf(projects, 'use <project>', 'Choose the project that commands work in', ['projects use churn']).action(
    (reference: string, options: CommonOptions) => use(session, reference, options),
  );

  leaf(projects, 'delete <project>', 'Delete a project with everything in it', [
    'projects delete churn',
    'projects delete churn --yes            # in a script',
  ])
    .option('-y, --yes', 'do not ask')
    .action((reference: string, options: CommonOptions & { yes?: boolean }) =>
      remove(session, reference, options),
    );
}

interface CreateOptions extends CreatingOptions {
  readonly description?: string;
  readonly use?: boolean;
}

async function list(session: Session, options: CommonOptions & { limit: number }): Promise<void> {
  const client = await session.client();
  const found = await collect((query) => answerOf(listProjects({ client, query })), options.limit);
  new Printer(session.io, options).list(
    found,
    COLUMNS,
    'There is no project yet: modelwright projects create NAME',
  );
}

async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const project = await answerOf(
    createProject({
      client: await session.client(),
      body: { name, description: options.description },
      headers: idempotencyHeaders(options),
    }),
  );
  if (options.use) await choose(session, project);
  const { url } = await session.door();
  new Printer(session.io, options).item(project, [
    ['Project', project.name],
    ['Id', project.id],
    ['Console', consoleLink(url, 'project', { id: project.id, projectId: project.id })],
  ]);
}

async function use(session: Session, reference: string, options: CommonOptions): Promise<void> {
  const project = await session.findProject(reference);
  await choose(session, project);
  new Printer(session.io, options).item(project, [['Project', project.name]]);
}

/** Remembered with the address: another installation has other projects. */
async function choose(session: Session, { id, name }: Project): Promise<void> {
  const [before, { url }] = [await session.config.read(), await session.door()];
  if (before.token && before.url !== url)
    throw usageError(
      `Your stored sign-in is for ${before.url ?? 'another address'}, this is ${url}`,
      'set MODELWRIGHT_PROJECT instead, or sign in with modelwright login',
    );
  await session.config.write({ ...before, url, project: { id, name } });
}

async function remove(
  session: Session,
  reference: string,
  options: CommonOptions & { yes?: boolean },
): Promise<void> {
  const { id, name } = await session.findProject(reference);
  if (!options.yes)
    await confirmName(session.io, name, `This deletes the project "${name}" with everything in it`);
  await answerOf(
    deleteProject({ client: await session.client(), path: { projectId: id }, query: { confirm: name } }),
  );
  const before = await session.config.read();
  if (before.project?.id === id) await session.config.write({ ...before, project: undefined });
  new Printer(session.io, options).item({ id, name, deleted: true }, [['Deleted', name]]);
}
