import { createRun, type CreateRunRequest, type Run } from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { runReporter } from '../follow/run-reporter.js';
import { assertSucceeded, followRun } from '../follow/run-stream.js';
import { parseDuration } from '../output/duration.js';
import { Printer } from '../output/printer.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import { leavable } from '../session/wait.js';
import { idempotencyHeaders, type CreatingOptions, type ProjectOptions } from './leaf.js';
import { runFields } from './runs-actions.js';

export const PRESETS = { '60s': 'quick', '10m': 'balanced', '1h': 'thorough' } as const;

interface StartOptions extends CreatingOptions {
  readonly data: string;
  readonly target?: string;
  readonly preset?: keyof typeof PRESETS;
  readonly budget?: string;
  readonly metric?: string;
  readonly task?: CreateRunRequest['task'];
  readonly family?: string[];
  readonly exclude?: string[];
  readonly dataVersion?: number;
  readonly name?: string;
  readonly seed?: number;
  readonly follow?: boolean;
}

export async function startRun(session: Session, options: StartOptions): Promise<void> {
  const budget = budgetOf(options);
  const dataset = await new Finder(session).dataset(options.data, options.project);
  const run = await answerOf(
    createRun({
      client: await session.client(),
      path: { projectId: dataset.projectId },
      headers: idempotencyHeaders(options),
      body: {
        ...budget,
        datasetId: dataset.id,
        versionNumber: options.dataVersion,
        target: options.target,
        metric: options.metric,
        task: options.task,
        families: options.family as CreateRunRequest['families'],
        excludedColumns: options.exclude,
        name: options.name,
        seed: options.seed,
      },
    }),
  );
  const print = new Printer(session.io, options);
  if (options.follow) {
    await followToEnd(session, run, print);
    return;
  }
  print.item(run, runFields((await session.door()).url, run));
  print.note(`Follow it with: modelwright runs follow ${run.id}`);
}

function budgetOf({ preset, budget }: StartOptions): Pick<CreateRunRequest, 'preset' | 'budgetSeconds'> {
  if (budget !== undefined) return { preset: 'custom', budgetSeconds: Math.round(parseDuration(budget)) };
  return { preset: PRESETS[preset ?? '60s'] };
}

export async function follow(session: Session, reference: string, options: ProjectOptions): Promise<void> {
  const run = await new Finder(session).run(reference, options.project);
  await followToEnd(session, run, new Printer(session.io, options));
}

/** Events on standard output with --json, else talk on standard error and the run at its end. */
async function followToEnd(session: Session, { id }: Run, print: Printer): Promise<void> {
  const report = print.isJson
    ? (event: unknown) => print.event(event)
    : runReporter((line) => print.note(line));
  const run = await leavable(session.io, `modelwright runs follow ${id}`, () =>
    followRun(session, id, report),
  );
  if (print.isJson) print.event({ type: 'result', data: run });
  else print.item(run, runFields((await session.door()).url, run));
  assertSucceeded(run);
}
