import type { BestPoint, Candidate, ResourcePoint, Run, RunLogLine, RunSnapshot } from '@modelwright/sdk';
import type { CandidateState, RunEvent } from '@modelwright/contracts';
import type { StreamEvent } from '../shared/realtime/event-stream';

const MOST_LOG_LINES = 2000;
const MOST_RESOURCE_POINTS = 2000;

/** All that the page shows of a run, kept up to date by its events. */
export interface LiveRun extends Omit<RunSnapshot, 'lastSeq'> {
  readonly lastSeq: number;
}

/** The events that a run's stream carries besides the trainer's own. */
export type RunStreamEvent =
  | { readonly kind: 'snapshot'; readonly snapshot: RunSnapshot }
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'trainer'; readonly event: RunEvent }
  | { readonly kind: 'end' };

const TRAINER_EVENTS: readonly string[] = [
  'stage',
  'plan',
  'candidate',
  'fold',
  'best',
  'clock',
  'paused',
  'resumed',
  'resources',
  'finding',
  'log',
  'finished',
] satisfies RunEvent['type'][];

/** Our own server speaks here: the name of the event says the shape of its data. */
export function readRunEvent({ event, data }: StreamEvent): RunStreamEvent | undefined {
  if (event === 'end') return { kind: 'end' };
  if (event === 'snapshot') return { kind: 'snapshot', snapshot: data as RunSnapshot };
  if (event === 'run') return { kind: 'run', run: data as Run };
  if (event !== undefined && TRAINER_EVENTS.includes(event))
    return { kind: 'trainer', event: data as RunEvent };
  return undefined;
}

/** The run after an event. Events that the snapshot holds already come again after a gap and change nothing. */
export function applyTrainerEvent(live: LiveRun, event: RunEvent): LiveRun {
  if (event.seq <= live.lastSeq) return live;
  const next = { ...live, lastSeq: event.seq };
  switch (event.type) {
    case 'candidate':
      return withCandidate(next, event);
    case 'best':
      return {
        ...next,
        best: [...live.best, pointOf(event)],
        run: { ...live.run, bestScore: event.score, bestCandidateId: event.candidateId },
      };
    case 'clock':
      return { ...next, run: { ...live.run, elapsedSeconds: event.elapsedSeconds } };
    case 'log':
      return { ...next, logs: [...live.logs, lineOf(event)].slice(-MOST_LOG_LINES) };
    case 'stage':
      return event.status === 'started' ? { ...next, run: { ...live.run, stage: event.stage } } : next;
    case 'finished':
      return { ...next, run: { ...live.run, elapsedSeconds: event.elapsedSeconds } };
    case 'plan':
      return withPlan(next, event);
    case 'fold':
      return withFold(next, event);
    case 'resources':
      return { ...next, resources: [...live.resources, resourcesOf(event)].slice(-MOST_RESOURCE_POINTS) };
    case 'paused':
    case 'resumed':
    case 'finding':
    case 'trial':
    case 'importance':
      // The row of the run tells, and lists of their own.
      return next;
  }
}

/** All that is planned is on the board from the start, waiting. */
function withPlan(live: LiveRun, event: Extract<RunEvent, { type: 'plan' }>): LiveRun {
  const known = new Set(live.candidates.map((one) => one.candidateId));
  const planned = event.candidates
    .filter((one) => !known.has(one.candidateId))
    .map((one) => candidateOf({ ...one, status: 'queued' }, undefined));
  const candidates = [...live.candidates, ...planned];
  return { ...live, candidates, run: { ...live.run, candidatesTotal: candidates.length } };
}

/** A fold has ended: its score is shown before the candidate has one. */
function withFold(live: LiveRun, event: Extract<RunEvent, { type: 'fold' }>): LiveRun {
  const candidates = live.candidates.map((one) => {
    if (one.candidateId !== event.candidateId || one.status !== 'running') return one;
    // The candidate's own event may have told it already.
    const isNew = event.score != null && one.foldScores.length < event.fold;
    const foldScores = isNew && event.score != null ? [...one.foldScores, event.score] : one.foldScores;
    return { ...one, fold: Math.max(one.fold ?? 0, event.fold), folds: event.folds, foldScores };
  });
  return { ...live, candidates };
}

function withCandidate(live: LiveRun, state: CandidateState): LiveRun {
  const known = live.candidates.find((candidate) => candidate.candidateId === state.candidateId);
  const merged = candidateOf(state, known);
  const candidates = known
    ? live.candidates.map((candidate) => (candidate === known ? merged : candidate))
    : [...live.candidates, merged];
  const done = candidates.filter((one) => one.status !== 'queued' && one.status !== 'running').length;
  const baseline = candidates.find((candidate) => candidate.isBaseline)?.score ?? live.run.baselineScore;
  return {
    ...live,
    candidates,
    run: {
      ...live.run,
      baselineScore: baseline,
      candidatesDone: done,
      candidatesTotal: Math.max(live.run.candidatesTotal, candidates.length),
    },
  };
}

function candidateOf(state: CandidateState, known: Candidate | undefined): Candidate {
  return {
    candidateId: state.candidateId,
    rank: known?.rank ?? null,
    family: state.family,
    label: state.label,
    status: state.status,
    fold: state.fold ?? null,
    folds: state.folds ?? null,
    foldScores: state.foldScores ?? [],
    score: state.score ?? null,
    std: state.std ?? null,
    holdoutScore: state.holdoutScore ?? null,
    gainOverBaseline: known?.gainOverBaseline ?? null,
    fitSeconds: state.fitSeconds ?? null,
    predictMsPerRow: state.predictMsPerRow ?? null,
    sizeBytes: state.sizeBytes ?? null,
    features: state.features ?? null,
    hyperparameters: state.hyperparameters ?? {},
    reason: state.reason ?? null,
    isBaseline: state.isBaseline ?? false,
    isEnsemble: state.isEnsemble ?? false,
    members: state.members ?? [],
    low: state.low ?? null,
    high: state.high ?? null,
    tied: state.tied ?? false,
    tooSlow: state.tooSlow ?? false,
    pValue: state.pValue ?? null,
    engine: state.engine ?? null,
    threshold: state.threshold ?? null,
    badges: known?.badges ?? [],
  };
}

function resourcesOf(event: Extract<RunEvent, { type: 'resources' }>): ResourcePoint {
  return { at: event.at, memoryMb: event.memoryMb, cpuPercent: event.cpuPercent ?? null };
}

function pointOf(event: Extract<RunEvent, { type: 'best' }>): BestPoint {
  return { candidateId: event.candidateId, score: event.score, elapsedSeconds: event.elapsedSeconds };
}

function lineOf(event: Extract<RunEvent, { type: 'log' }>): RunLogLine {
  return { seq: event.seq, at: event.at, level: event.level, message: event.message };
}
