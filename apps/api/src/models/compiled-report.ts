const MAX_REASON_CHARACTERS = 500;

/** Why a version has no compiled form, and whether a translation with time of its own may give it one. */
export interface Absence {
  /** One sentence. */
  readonly reason: string;
  readonly canTranslate: boolean;
}

/**
 * Reasons of reports that do not say themselves whether it was a matter of time, from before they did: the run was at
 * its end, or the process that translated was.
 */
const PASSING = [
  /^No time was left in the run's budget to translate it\.$/,
  /^It could not be translated and checked in the [\d.,]+ s that were left\.$/,
  /^The translation failed: /,
];

export const NEVER_TRIED: Absence = {
  reason: 'It was trained before models were compiled.',
  canTranslate: true,
};

const UNREADABLE: Absence = {
  reason: 'The report of its translation cannot be read.',
  canTranslate: true,
};

/** What the bytes of a `compiled.json` say. */
export function absenceIn(report: Buffer): Absence {
  try {
    const document: unknown = JSON.parse(report.toString('utf8'));
    return typeof document === 'object' && document !== null ? absenceOf(document) : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

export function absenceOf(report: object): Absence {
  if (!('reason' in report) || typeof report.reason !== 'string')
    return { reason: 'The report of its translation names no reason.', canTranslate: true };
  const reason = report.reason.slice(0, MAX_REASON_CHARACTERS);
  const canTranslate =
    'passing' in report && typeof report.passing === 'boolean'
      ? report.passing
      : PASSING.some((pattern) => pattern.test(reason));
  return { reason, canTranslate };
}
