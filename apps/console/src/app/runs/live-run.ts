import type { BestPoint, Candidate, Run, RunLogLine, RunSnapshot } from '@modelwright/sdk';
import type { CandidateState, RunEvent } from '@modelwright/contracts';
import type { StreamEvent } from '../shared/realtime/event-stream';

const MOST_LOG_LINES = 2000;

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

const TRAINER_EVENTS: readonly string[] = ['stage', 'plan', 'candidate', 'best', 'clock', 'log', 'finished'];

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
      return { ...next, run: { ...live.run, candidatesTotal: event.candidates.length } };
  }
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
    badges: known?.badges ?? [],
  };
}

function pointOf(event: Extract<RunEvent, { type: 'best' }>): BestPoint {
  return { candidateId: event.candidateId, score: event.score, elapsedSeconds: event.elapsedSeconds };
}

function lineOf(event: Extract<RunEvent, { type: 'log' }>): RunLogLine {
  return { seq: event.seq, at: event.at, level: event.level, message: event.message };
}
