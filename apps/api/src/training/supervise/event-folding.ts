import type { CandidateState, RunEvent, TrialRecord } from '@modelwright/contracts';
import { findingOfEvent, type NewFinding } from '../findings/finding-rows.js';
import type { StageRecord } from '../run.entity.js';
import type { RunPatch } from '../run.repository.js';

const MAX_STAGES = 50;
const MAX_CANDIDATES_PER_PLAN = 2_000;

export interface FoldedEvents {
  readonly patch: RunPatch;
  /** Newest state of every candidate that the events name. */
  readonly candidates: readonly CandidateState[];
  /** Doubts about the data that the run found. */
  readonly findings: readonly NewFinding[];
  /** Newest state of every trial that the events name. */
  readonly trials: readonly TrialRecord[];
  /** Whether people who do not watch the stream should hear of it. */
  readonly notable: boolean;
  readonly best: boolean;
  /** The last that the trainer said about standing still. */
  readonly pause: 'paused' | 'resumed' | null;
  /** When the rows kept aside were first looked at. */
  readonly holdoutOpenedAt: string | null;
  readonly peakMemoryMb: number | null;
}

/** The stage in which the winner meets the rows that were kept aside. */
const STAGE_OF_HOLDOUT = 'evaluate';

/** What a batch of events changes on the row of the run and on its candidates. */
export function foldEvents(stages: readonly StageRecord[], events: readonly RunEvent[]): FoldedEvents {
  const candidates = new Map<string, CandidateState>();
  const findings: NewFinding[] = [];
  const trials = new Map<number, TrialRecord>();
  let patch: RunPatch = {};
  let records = stages;
  let notable = false;
  let best = false;
  let pause: FoldedEvents['pause'] = null;
  let holdoutOpenedAt: string | null = null;
  let peakMemoryMb: number | null = null;
  for (const event of events) {
    if ('elapsedSeconds' in event && event.elapsedSeconds != null)
      patch = { ...patch, clockSeconds: event.elapsedSeconds, clockAt: new Date(event.at) };
    switch (event.type) {
      case 'stage':
        records = withStage(records, event);
        patch = {
          ...patch,
          stages: [...records],
          ...(event.status === 'started' ? { stage: event.stage } : {}),
        };
        if (event.stage === STAGE_OF_HOLDOUT) holdoutOpenedAt ??= event.at;
        notable = true;
        break;
      case 'plan':
        for (const planned of event.candidates.slice(0, MAX_CANDIDATES_PER_PLAN))
          if (!candidates.has(planned.candidateId))
            candidates.set(planned.candidateId, { ...planned, status: 'queued' });
        notable = true;
        break;
      case 'candidate':
        candidates.set(event.candidateId, stateOf(event));
        notable ||= event.status !== 'running';
        break;
      case 'best':
        patch = { ...patch, bestScore: event.score, bestCandidateId: event.candidateId };
        best = true;
        break;
      case 'paused':
      case 'resumed':
        pause = event.type;
        notable = true;
        break;
      case 'resources':
        peakMemoryMb = Math.max(peakMemoryMb ?? 0, event.memoryMb);
        break;
      case 'finding':
        findings.push(findingOfEvent(event));
        notable = true;
        break;
      case 'trial':
        trials.set(event.number, trialOf(event));
        notable ||= event.state !== 'running';
        if (event.best && event.score != null) {
          patch = { ...patch, bestScore: event.score, bestCandidateId: `trial-${event.number}` };
          best = true;
        }
        break;
      case 'importance':
        notable = true;
        break;
      case 'fold':
      case 'clock':
      case 'log':
      case 'finished':
        break;
    }
  }
  return {
    patch,
    candidates: [...candidates.values()],
    findings,
    trials: [...trials.values()],
    notable,
    best,
    pause,
    holdoutOpenedAt,
    peakMemoryMb,
  };
}

/** A stage that begins or ends; an end without a beginning is taken as both. */
export function withStage(
  stages: readonly StageRecord[],
  event: {
    stage: string;
    status: 'started' | 'finished';
    at: string;
    seconds?: number | null;
    detail?: string | null;
  },
): readonly StageRecord[] {
  const before = stages.findLastIndex(
    (record) => record.stage === event.stage && record.status === 'started',
  );
  const known = stages[before];
  const startedAt = known?.startedAt ?? event.at;
  const elapsed = Math.max(0, (Date.parse(event.at) - Date.parse(startedAt)) / 1000);
  const record: StageRecord = {
    stage: event.stage,
    status: event.status,
    startedAt,
    seconds: event.status === 'started' ? null : (event.seconds ?? elapsed),
    detail: event.detail ?? known?.detail ?? null,
  };
  const rest = stages.filter((_, index) => index !== before);
  return [...rest, record].slice(-MAX_STAGES);
}

function stateOf(event: Extract<RunEvent, { type: 'candidate' }>): CandidateState {
  const { seq: _seq, at: _at, type: _type, ...state } = event;
  return state;
}

function trialOf(event: Extract<RunEvent, { type: 'trial' }>): TrialRecord {
  const { seq: _seq, at: _at, type: _type, best: _best, ...trial } = event;
  return trial;
}
