import type { Deployment } from '@modelwright/sdk';

export type AuthMode = Deployment['authMode'];

export const AUTH_MODES: readonly {
  readonly id: AuthMode;
  readonly label: string;
  readonly meaning: string;
}[] = [
  { id: 'api-key', label: 'API key', meaning: 'Holders of a key of this deployment, and members of the project.' },
  { id: 'workspace', label: 'Members only', meaning: 'Members of the project, signed in or by their own token.' },
  { id: 'public', label: 'Public', meaning: 'Everybody who can reach this address, without any credential.' },
];

export function authModeLabel(mode: string): string {
  return AUTH_MODES.find((one) => one.id === mode)?.label ?? mode;
}

export const HIGHEST_RATE = 1_000_000;

/** Why this is no limit of predictions per minute; empty when it is. */
export function rateProblem(rate: number): string {
  return Number.isInteger(rate) && rate >= 1 && rate <= HIGHEST_RATE
    ? ''
    : 'A whole number from 1 to 1,000,000.';
}
