/** Tells a run's events in lines for people. */
import type { CandidateState } from '@modelwright/contracts';
import { formatNumber } from '../output/table.js';
import type { FollowedEvent } from './run-stream.js';

type Told = Pick<
  CandidateState,
  'candidateId' | 'label' | 'status' | 'score' | 'low' | 'high' | 'fitSeconds' | 'reason'
>;

/** @param say gets whole lines */
export function runReporter(say: (line: string) => void): (event: FollowedEvent) => void {
  const told = new Set<string>();
  let metric = 'score';
  const candidate = (state: Told): void => {
    if (told.has(state.candidateId) || ['queued', 'running'].includes(state.status)) return;
    told.add(state.candidateId);
    say(candidateLine(state, metric));
  };
  return (event) => {
    switch (event.type) {
      case 'snapshot':
        metric = event.data.run.metric.name;
        say(`${event.data.run.name}: ${event.data.run.status}`);
        for (const state of event.data.candidates) candidate(state);
        break;
      case 'candidate':
        candidate(event.data);
        break;
      case 'stage':
        if (event.data.status === 'started') say(`… ${event.data.stage}`);
        break;
      case 'finding':
        if (event.data.severity !== 'info') say(`! ${event.data.sentence}`);
        break;
      case 'log':
        if (event.data.level !== 'info') say(`! ${event.data.message}`);
        break;
      case 'paused':
      case 'resumed':
        say(event.type);
        break;
      case 'end':
        say(event.data.status);
        break;
      default:
    }
  };
}

function candidateLine(state: Told, metric: string): string {
  if (state.status !== 'succeeded' || state.score == null)
    return `  ${state.label}: ${state.status}${state.reason ? `, ${state.reason}` : ''}`;
  const interval =
    state.low == null || state.high == null
      ? ''
      : ` (${formatNumber(state.low)} to ${formatNumber(state.high)})`;
  const time = state.fitSeconds == null ? '' : `, ${state.fitSeconds.toFixed(1)} s`;
  return `  ${state.label}: ${metric} ${formatNumber(state.score)}${interval}${time}`;
}
