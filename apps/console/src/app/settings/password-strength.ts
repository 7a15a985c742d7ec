/** The server's rule, shown before typing. */
export const PASSWORD_MIN = 12;

export interface Strength {
  /** 0 to 1. */
  readonly share: number;
  readonly word: string;
}

const WEAK_BELOW = 0.5;
const FAIR_BELOW = 0.8;
const STRONG_LENGTH = 24;

/** Length is what counts; repeating few characters does not. A hint, not a rule. */
export function passwordStrength(password: string): Strength {
  const distinct = new Set(password).size;
  const effective = Math.min(password.length, distinct * 2);
  const share = Math.min(1, effective / STRONG_LENGTH);
  if (password.length === 0) return { share: 0, word: '' };
  if (password.length < PASSWORD_MIN)
    return { share, word: `${PASSWORD_MIN - password.length} more characters` };
  if (share < WEAK_BELOW) return { share, word: 'Weak: few different characters' };
  return { share, word: share < FAIR_BELOW ? 'Fair: longer is better' : 'Strong' };
}
