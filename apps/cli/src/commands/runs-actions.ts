import { writeFile } from 'node:fs/promises';
import {
  cancelRun,
  getCandidateNotebook,
  listCandidates,
  listRuns,
  stopRun,
  type Run,
} from '@modelwright/sdk';
import { answerOf, collect } from '../answers.js';
import { CliError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { formatTime, type Column, type Fields } from '../output/table.js';
import { consoleLink } from '../session/console-links.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import type { ProjectOptions } from './leaf.js';

const COLUMNS: readonly Column<Run>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'status', value: ({ status }) => status },
  { title: 'target', value: ({ target }) => target },
  { title: 'metric', value: ({ metric }) => metric.name },
  { title: 'best', value: ({ bestScore }) => bestScore, align: 'right' },
  { title: 'hold-out', value: ({ holdoutScore }) => holdoutScore, align: 'right' },
  { title: 'created', value: ({ createdAt }) => formatTime(createdAt) },
  { title: 'id', value: ({ id }) => id },
];

type ListOptions = ProjectOptions & { readonly limit: number; readonly status?: Run['status'] };

export async function listRunsOf(session: Session, options: ListOptions): Promise<void> {
  const client = await session.client();
  const path = { projectId: (await session.project(options.project)).id };
  const { status } = options;
  const found = await collect(
    (query) => answerOf(listRuns({ client, path, query: { ...query, status } })),
    options.limit,
  );
  new Printer(session.io, options).list(
    found,
    COLUMNS,
    'There is no run: modelwright runs start --data DATASET',
  );
}

/** The fields of a run for people. */
export function runFields(url: string, run: Run): Fields {
  const place = run.queuePosition === null ? '' : `, place ${run.queuePosition} in the queue`;
  return [
    ['Run', run.name],
    ['Id', run.id],
    ['Status', `${run.status}${place}`],
    ['Dataset', `${run.datasetName}, version ${run.versionNumber}`],
    ['Target', run.target],
    ['Task', run.task],
    ['Metric', run.metric.name],
    ['Best score', run.bestScore],
    ['Hold-out score', run.holdoutScore],
    ['Baseline', run.baselineScore],
    ['Candidates', `${run.candidatesDone} of ${run.candidatesTotal}`],
    ['Time', `${Math.round(run.elapsedSeconds)} of ${run.budgetSeconds} s`],
    ['Failure', run.failure?.message],
    ['Model version', run.modelVersionId ?? undefined],
    ['Console', consoleLink(url, 'run', run)],
  ];
}

export async function showRun(session: Session, reference: string, options: ProjectOptions): Promise<void> {
  const run = await new Finder(session).run(reference, options.project);
  new Printer(session.io, options).item(run, runFields((await session.door()).url, run));
}

export async function endRun(
  session: Session,
  how: 'stop' | 'cancel',
  reference: string,
  options: ProjectOptions,
): Promise<void> {
  const client = await session.client();
  const { id: runId } = await new Finder(session).run(reference, options.project);
  const end = how === 'stop' ? stopRun : cancelRun;
  const run = await answerOf(end({ client, path: { runId } }));
  new Printer(session.io, options).item(run, runFields((await session.door()).url, run));
}

export async function leaderboard(
  session: Session,
  reference: string,
  options: ProjectOptions,
): Promise<void> {
  const client = await session.client();
  const { id: runId } = await new Finder(session).run(reference, options.project);
  const { items } = await answerOf(listCandidates({ client, path: { runId } }));
  new Printer(session.io, options).list(
    { items, more: false },
    [
      { title: 'rank', value: ({ rank }) => rank, align: 'right' },
      { title: 'candidate', value: ({ label }) => label },
      { title: 'status', value: ({ status }) => status },
      { title: 'score', value: ({ score }) => score, align: 'right' },
      { title: 'from', value: ({ low }) => low, align: 'right' },
      { title: 'to', value: ({ high }) => high, align: 'right' },
      { title: 'hold-out', value: ({ holdoutScore }) => holdoutScore, align: 'right' },
      { title: 'ms per row', value: ({ predictMsPerRow }) => predictMsPerRow, align: 'right' },
      { title: 'notes', value: ({ badges, tied }) => [...badges, ...(tied ? ['tied'] : [])] },
      { title: 'id', value: ({ candidateId }) => candidateId },
    ],
    'There is no candidate yet',
  );
}

type NotebookOptions = ProjectOptions & { readonly candidate?: string; readonly out: string };

export async function notebook(session: Session, reference: string, options: NotebookOptions): Promise<void> {
  const client = await session.client();
  const run = await new Finder(session).run(reference, options.project);
  const candidateId = options.candidate ?? run.winnerCandidateId;
  if (!candidateId)
    throw new CliError('The run has no winner', {
      advice: `choose a candidate from modelwright runs leaderboard ${run.id} with --candidate`,
    });
  const document = await answerOf(
    getCandidateNotebook({ client, path: { runId: run.id, candidateId }, parseAs: 'text' }),
  );
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const print = new Printer(session.io, options);
  if (options.out === '-') {
    print.line(text.trimEnd());
    return;
  }
  await writeFile(options.out, text);
  print.item({ runId: run.id, candidateId, file: options.out }, [['Written', options.out]]);
}
