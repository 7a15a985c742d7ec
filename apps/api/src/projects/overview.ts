import { PHASES } from '@modelwright/contracts';
import type { FactName, RoomFacts } from '../platform/facts/project-facts.js';
import type { NEXT_ACTIONS, OVERVIEW_PHASES, PHASE_STATES, ProjectOverviewResponse } from './overview.dto.js';

type PhaseState = (typeof PHASE_STATES)[number];
type OverviewPhase = (typeof OVERVIEW_PHASES)[number];
type NextAction = (typeof NEXT_ACTIONS)[number];
type Counts = Readonly<Partial<Record<FactName, number>>>;
type Entity = { kind: 'dataset' | 'run' | 'model' | 'deployment'; id: string };

const RECENT = 10;

interface PhaseView {
  readonly state: PhaseState;
  readonly count: number;
  readonly detail: string | null;
}

/** Draws the overview from what the rooms say. Pure, so that every state of a project can be tested. */
export function drawOverview(rooms: readonly RoomFacts[]): ProjectOverviewResponse {
  const counts: Record<string, number> = {};
  for (const room of rooms)
    for (const [name, count] of Object.entries(room.counts)) counts[name] = (counts[name] ?? 0) + count;
  const recent = rooms
    .flatMap((room) => room.recent)
    .sort((left, right) => right.updatedAt.getTime() - left.updatedAt.getTime());
  const needsYou = rooms
    .flatMap((room) => room.needsYou)
    .sort((left, right) => right.since.getTime() - left.since.getTime());
  const newest = (kind: Entity['kind']): Entity | null => {
    const found = recent.find((thing) => thing.kind === kind);
    return found ? { kind, id: found.id } : null;
  };
  const waiting = (kind: Entity['kind']): Entity | null => {
    const found = needsYou.find((thing) => thing.kind === kind);
    return found ? { kind, id: found.id } : newest(kind);
  };
  return {
    phases: drawPhases(counts),
    nextStep: nextStep(counts, newest, waiting),
    needsYou: needsYou.slice(0, RECENT).map(({ kind, id, reason, since }) => ({
      entity: { kind, id },
      reason,
      since: since.toISOString(),
    })),
    recent: recent.slice(0, RECENT).map(({ kind, id, name, status, detail, updatedAt }) => ({
      entity: { kind, id },
      name,
      status,
      detail: detail ?? null,
      updatedAt: updatedAt.toISOString(),
    })),
    counts,
  };
}

function drawPhases(counts: Counts): ProjectOverviewResponse['phases'] {
  const views: readonly (readonly [OverviewPhase, PhaseView])[] = [
    ['upload', uploadPhase(counts)],
    ['data-viewer', explorePhase(counts)],
    ['training', trainingPhase(counts)],
    ['experiments', comparePhase(counts)],
    ['deployment', deploymentPhase(counts)],
  ];
  return views.map(([phase, view]) => ({ phase, label: labelOf(phase), ...view }));
}

function labelOf(phase: OverviewPhase): string {
  return PHASES.find((row) => row.console === phase)?.label ?? phase;
}

function uploadPhase(counts: Counts): PhaseView {
  const { datasets: count = 0, datasetsReady: ready = 0, datasetsProcessing: processing = 0 } = counts;
  const { datasetsFailed: failed = 0 } = counts;
  if (processing > 0) return { state: 'running', count, detail: `${tables(processing)} being read` };
  if (failed > 0 && ready === 0)
    return { state: 'needs-you', count, detail: `${tables(failed)} could not be read` };
  // What could not be read is on the screen of the data; it is no table that somebody has.
  if (ready > 0) return { state: 'done', count: ready, detail: `${tables(ready)} ready` };
  return { state: 'available', count, detail: null };
}

function explorePhase({ datasetsReady: ready = 0, runs = 0 }: Counts): PhaseView {
  if (ready === 0) return { state: 'not-started', count: 0, detail: null };
  return { state: runs > 0 ? 'done' : 'available', count: ready, detail: `${tables(ready)} to look at` };
}

function trainingPhase(counts: Counts): PhaseView {
  const {
    runs: count = 0,
    runsActive: active = 0,
    runsSucceeded: succeeded = 0,
    runsFailed: failed = 0,
  } = counts;
  if (active > 0) return { state: 'running', count, detail: `${plural(active, 'run')} going on` };
  if (succeeded > 0) return { state: 'done', count, detail: `${plural(succeeded, 'run')} succeeded` };
  if (failed > 0) return { state: 'needs-you', count, detail: `${plural(failed, 'run')} failed` };
  return { state: (counts.datasetsReady ?? 0) > 0 ? 'available' : 'not-started', count, detail: null };
}

function comparePhase({ modelVersions = 0, runsSucceeded = 0 }: Counts): PhaseView {
  if (modelVersions > 1 || runsSucceeded > 1)
    return { state: 'done', count: modelVersions, detail: `${plural(modelVersions, 'model version')} kept` };
  if (runsSucceeded > 0)
    return { state: 'available', count: runsSucceeded, detail: `${plural(runsSucceeded, 'run')} to compare` };
  return { state: 'not-started', count: 0, detail: null };
}

function deploymentPhase(counts: Counts): PhaseView {
  const { deployments: count = 0, deploymentsReady: ready = 0, deploymentsFailed: failed = 0 } = counts;
  const { deploymentsStarting: starting = 0 } = counts;
  if (failed > 0) return { state: 'needs-you', count, detail: `${plural(failed, 'endpoint')} failed` };
  if (starting > 0) return { state: 'running', count, detail: `${plural(starting, 'endpoint')} starting` };
  if (ready > 0) return { state: 'done', count, detail: `${plural(ready, 'endpoint')} answering` };
  const possible = (counts.modelVersions ?? 0) > 0 || (counts.runsSucceeded ?? 0) > 0;
  return { state: possible ? 'available' : 'not-started', count, detail: null };
}

function nextStep(
  counts: Counts,
  newest: (kind: Entity['kind']) => Entity | null,
  waiting: (kind: Entity['kind']) => Entity | null,
): ProjectOverviewResponse['nextStep'] {
  const step = (action: NextAction, label: string, reason: string, entity: Entity | null = null) => ({
    action,
    label,
    reason,
    entity,
  });
  if (counts.deploymentsFailed)
    return step(
      'mend-deployment',
      'Look at the failed endpoint',
      'An endpoint does not answer; its page says why.',
      waiting('deployment'),
    );
  if (counts.deploymentsReady)
    return step(
      'try-endpoint',
      'Try the endpoint',
      'It is ready: send it a row, or hand out a key.',
      newest('deployment'),
    );
  if (counts.deploymentsStarting)
    return step(
      'wait-for-deployment',
      'Watch the endpoint start',
      'The model is being loaded.',
      newest('deployment'),
    );
  if (counts.modelVersions)
    return step(
      'deploy-model',
      'Deploy the model',
      'A model is kept and no endpoint serves it yet.',
      newest('model'),
    );
  if (counts.runsActive)
    return step('watch-run', 'Watch the run', 'Models are being trained and compared.', newest('run'));
  if (counts.runsSucceeded)
    return step(
      'open-models',
      'Open the best model',
      'A run has succeeded; look at how good its best model is.',
      newest('run'),
    );
  if (counts.runsFailed)
    return step(
      'mend-run',
      'See why the run failed',
      'The last run gave no model; its page says why.',
      waiting('run'),
    );
  if (counts.datasetsReady)
    return step(
      'start-run',
      'Train a model',
      'The data is ready and nothing has been trained on it.',
      newest('dataset'),
    );
  if (counts.datasetsProcessing)
    return step(
      'wait-for-data',
      'Watch the data being read',
      'The table is being read and profiled.',
      newest('dataset'),
    );
  if (counts.datasetsFailed)
    return step(
      'mend-data',
      'See why the data could not be read',
      'The table could not be read; its page says why.',
      waiting('dataset'),
    );
  return step(
    'upload-data',
    'Add a table',
    'Everything starts with data: drop a CSV file, or take a sample.',
  );
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function tables(count: number): string {
  return plural(count, 'table');
}
