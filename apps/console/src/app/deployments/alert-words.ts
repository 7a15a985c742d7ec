import type { AlertAudience, AlertKindOffer, AlertRule } from '@modelwright/sdk';
import { formatNumber } from '../shared/format/numbers';
import { numberError } from '../shared/ui/form-errors';

type Unit = AlertKindOffer['unit'];

/** How a threshold is typed: shares as per cent, everything else as it is. */
export function shownThreshold(unit: Unit, value: number): number {
  return unit === 'share' ? Number((value * 100).toPrecision(12)) : value;
}

export function storedThreshold(unit: Unit, shown: number): number {
  return unit === 'share' ? Number((shown / 100).toPrecision(12)) : shown;
}

/** What is wrong with a threshold, in the unit that it is typed in. */
export function thresholdError(
  { unit, thresholdMin, thresholdMax }: Pick<AlertKindOffer, 'unit' | 'thresholdMin' | 'thresholdMax'>,
  value: number,
): string | undefined {
  const text = Number.isFinite(value) ? String(shownThreshold(unit, value)) : '';
  return numberError(text, {
    min: shownThreshold(unit, thresholdMin),
    max: shownThreshold(unit, thresholdMax),
    fractions: unit !== 'calls',
  });
}

export const UNIT_WORDS: Readonly<Record<Unit, string>> = {
  share: '%',
  milliseconds: 'ms',
  calls: 'calls',
  score: '',
};

export const SEVERITY_WORDS: Readonly<Record<AlertRule['severity'], string>> = {
  info: 'Info',
  warning: 'Warning',
  critical: 'Critical',
};

export function valueText(unit: Unit, value: number): string {
  const number = formatNumber(Number(shownThreshold(unit, value).toPrecision(3)));
  return UNIT_WORDS[unit] === '' ? number : `${number} ${UNIT_WORDS[unit]}`;
}

/** A length of time in the largest unit that fits. */
export function minutesText(minutes: number): string {
  const of = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (minutes >= 1_440 && minutes % 1_440 === 0) return of(minutes / 1_440, 'day');
  return minutes >= 60 && minutes % 60 === 0 ? of(minutes / 60, 'hour') : of(minutes, 'minute');
}

/** A rule in one line: what is wrong, over which time. */
export function conditionText(
  offer: Pick<AlertKindOffer, 'label' | 'unit' | 'bad'>,
  rule: { readonly threshold: number; readonly windowMinutes: number },
): string {
  const side = offer.bad === 'above' ? 'above' : 'below';
  return `${offer.label} ${side} ${valueText(offer.unit, rule.threshold)} over ${minutesText(rule.windowMinutes)}`;
}

/** Said when an alert reaches nobody who does not look at the console; undefined when it reaches somebody. */
export function unheardText(
  { mail, webhooks }: Pick<AlertRule, 'mail' | 'webhooks'>,
  audience: AlertAudience,
): string | undefined {
  if ((mail && audience.mailRecipients > 0) || (webhooks && audience.webhooks > 0)) return undefined;
  const noHook = webhooks ? 'no webhook hears of alerts' : 'webhooks are not told';
  const noMail = mail
    ? 'no member has a mail address and wants mail about alerts'
    : 'the people of the project get no mail';
  return `Only the console shows this alert: ${noHook}, and ${noMail}.`;
}
