import type { ProjectOverview } from '@modelwright/sdk';

export interface NextStep {
  readonly title: string;
  readonly reason: string;
  /** Text of the button. */
  readonly action: string;
  /** Path below the project. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
}

/** The one thing that makes most sense now, and why. Null when a person who may only look can do nothing. */
export function nextStep(overview: ProjectOverview, canEdit: boolean): NextStep | null {
  const counts: Readonly<Record<string, number | undefined>> = overview.counts;
  const count = (name: string): number => counts[name] ?? 0;
  const newest = (kind: string): string | undefined =>
    overview.recent.find((thing) => thing.kind === kind)?.id;
  if (count('deploymentsReady') > 0) {
    return {
      title: 'Ask your model something',
      reason: 'A deployment is ready and answers predictions.',
      action: 'Try it',
      path: pathTo('deployments', newest('deployment')),
    };
  }
  if (!canEdit) return null;
  if (count('runsActive') > 0) {
    return {
      title: 'Watch the run',
      reason: 'Candidates are being tried; the leaderboard fills as they finish.',
      action: 'Open the run',
      path: pathTo('runs', newest('run')),
    };
  }
  if (count('datasets') === 0) {
    return {
      title: 'Add data',
      reason: 'Everything starts with a table. Drop a CSV file, or take a sample.',
      action: 'Add data',
      path: ['data'],
    };
  }
  if (count('runsSucceeded') === 0) {
    const dataset = newest('dataset');
    return {
      title: 'Train a model',
      reason: 'The data is here and described. A first run takes about a minute.',
      action: 'Train a model',
      path: ['runs', 'new'],
      ...(dataset ? { query: { dataset } } : {}),
    };
  }
  if (count('models') === 0) {
    return {
      title: 'Keep the best model',
      reason: 'A run has succeeded. Registering its winner makes it deployable.',
      action: 'Open the run',
      path: pathTo('runs', newest('run')),
    };
  }
  return {
    title: 'Deploy a model',
    reason: 'A registered model is not served yet. Deploying it takes seconds.',
    action: 'Open the model',
    path: pathTo('models', newest('model')),
  };
}

function pathTo(room: string, id: string | undefined): readonly string[] {
  return id ? [room, id] : [room];
}
