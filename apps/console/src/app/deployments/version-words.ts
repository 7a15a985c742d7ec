import type {
  ContractComparison,
  DeploymentRevision,
  Rehearsal,
  RequiredCheck,
  TrafficShare,
  VersionQuality,
} from '@modelwright/sdk';
import type { ConfirmRequest } from '../shared/ui/confirm-dialog';

export const ROLE_WORDS: Readonly<Record<TrafficShare['role'], string>> = {
  primary: 'Answers',
  candidate: 'Takes over when ready',
  split: 'Answers a share',
  shadow: 'Gets copies (shadow)',
  rehearsal: 'Rehearses',
};

export function shareText({ role, sharePercent }: Pick<TrafficShare, 'role' | 'sharePercent'>): string {
  return role === 'candidate' || role === 'rehearsal' ? '–' : `${sharePercent} %`;
}

/** One line of the history, without who and when. */
export function revisionText({
  kind,
  fromVersionNumber: from,
  toVersionNumber: to,
  sharePercent,
}: Pick<DeploymentRevision, 'kind' | 'fromVersionNumber' | 'toVersionNumber' | 'sharePercent'>): string {
  switch (kind) {
    case 'created':
      return `Created with version ${to}`;
    case 'switched':
      return `Switched from version ${from} to ${to}`;
    case 'rolled-back':
      return `Rolled back from version ${from} to ${to}`;
    case 'rolled-back-automatically':
      return `Went back by itself from version ${from} to ${to}`;
    case 'switch-failed':
      return `Switch to version ${to} failed; version ${from} went on`;
    case 'switch-cancelled':
      return `Switch to version ${to} cancelled`;
    case 'split-started':
      return `Version ${to} began to answer ${sharePercent} % of the calls`;
    case 'split-changed':
      return `Share of version ${to} set to ${sharePercent} %`;
    case 'split-ended':
      return `Version ${to} stopped answering a share`;
    case 'shadow-started':
      return `Version ${to} began to get copies of ${sharePercent} % of the calls`;
    case 'shadow-changed':
      return `Copies for version ${to} set to ${sharePercent} % of the calls`;
    case 'shadow-ended':
      return `Version ${to} stopped getting copies`;
  }
}

/** Who answers, in a line for the head of the page; undefined while only one version is behind the endpoint. */
export function trafficText(traffic: readonly TrafficShare[]): string | undefined {
  const further = traffic.filter(({ role }) => role !== 'primary' && role !== 'rehearsal');
  if (further.length === 0) return undefined;
  const parts = [...traffic].flatMap(({ role, modelVersionNumber: number, sharePercent }) => {
    if (role === 'primary') return [`Version ${number} answers ${sharePercent} %`];
    if (role === 'split') return [`version ${number} answers ${sharePercent} %`];
    if (role === 'shadow') return [`version ${number} gets copies of ${sharePercent} %`];
    return role === 'candidate' ? [`version ${number} takes over as soon as it is ready`] : [];
  });
  return `${parts.join(', ')}.`;
}

/** Asked before a version takes over: with what speaks against it and what can break callers, where something does. */
export function switchQuestion(
  number: number,
  {
    breaks,
    changes,
    quality,
  }: Pick<ContractComparison, 'breaks' | 'changes'> & {
    readonly quality: Pick<VersionQuality, 'warnings'>;
  },
): ConfirmRequest {
  const title = `Switch to version ${number}?`;
  const text = 'It answers all calls from then on. You can go back in one step.';
  const broken = changes.filter((change) => change.breaks).map(({ sentence }) => sentence);
  const affected = [...quality.warnings, ...(breaks ? broken : [])];
  if (affected.length === 0) return { title, text, action: 'Switch' };
  const why = breaks ? 'Callers that are served now may break:' : 'Something speaks against it:';
  const action = breaks ? 'Switch and accept the changes' : 'Switch all the same';
  return { title, text: `${text} ${why}`, affected, action, destructive: true };
}

/** What the checks of a version came to, and whether its figures can be set beside those of the other. */
export function checksSentence({ checks, sameRows }: Pick<VersionQuality, 'checks' | 'sameRows'>): string {
  const count = (state: RequiredCheck['state']): number =>
    checks.filter((check) => check.state === state).length;
  const figures = [
    [count('ok'), 'passed'],
    [count('failed'), 'failed'],
    [count('waived'), 'waived'],
    [count('not-tried'), 'not tried'],
    [count('not-applicable'), 'do not apply'],
  ] as const;
  const told = figures.filter(([amount]) => amount > 0).map(([amount, word]) => `${amount} ${word}`);
  const rows =
    sameRows === null
      ? ''
      : sameRows
        ? ' Both were judged on the same held-out rows.'
        : ' They were judged on different held-out rows.';
  return `Checks: ${told.join(', ')}.${rows}`;
}

/** How a rehearsal stands, beside the button that asked for it. */
export function rehearsalText({
  status,
  modelVersionNumber: number,
  callsDone,
  callsTotal,
}: Pick<Rehearsal, 'status' | 'modelVersionNumber' | 'callsDone' | 'callsTotal'>): string {
  switch (status) {
    case 'queued':
    case 'running':
      return callsTotal === null
        ? `Version ${number} waits for its turn to rehearse. The result appears below.`
        : `Version ${number} rehearses: ${callsDone} of ${callsTotal} calls. The result appears below.`;
    case 'succeeded':
      return `Version ${number} has rehearsed; the result is below.`;
    case 'failed':
      return `The rehearsal of version ${number} failed; why is told below.`;
    case 'cancelled':
      return `The rehearsal of version ${number} was cancelled.`;
  }
}
