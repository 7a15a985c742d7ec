import type { Deployment } from '@modelwright/sdk';
import type { IconName } from '../ui/icons';

export type AccessMode = Deployment['authMode'];

export interface AccessModeWords {
  readonly id: AccessMode;
  readonly label: string;
  readonly icon: IconName;
  readonly text: string;
}

/** Who may predict, in the order from closed to open. */
export const ACCESS_MODES: readonly AccessModeWords[] = [
  {
    id: 'workspace',
    label: 'Members only',
    icon: 'users',
    text: 'Members of this project, with their own session or a personal access token. Keys do not work.',
  },
  {
    id: 'api-key',
    label: 'With a key',
    icon: 'key',
    text: 'Whoever holds a key of this deployment, and the members of this project.',
  },
  {
    id: 'public',
    label: 'Public',
    icon: 'eye',
    text: 'Everybody who can reach the address, without a key. Only the rate limit stands between them and the model.',
  },
];

export function accessModeWords(mode: AccessMode): AccessModeWords | undefined {
  return ACCESS_MODES.find((one) => one.id === mode);
}

/** How the limit of a deployment is called wherever it is set. */
export const RATE_LIMIT = {
  label: 'Rate limit',
  unit: 'predictions per minute',
  help: 'All callers together. Above it calls are answered with 429 and when to try again.',
  highest: 1_000_000,
} as const;
