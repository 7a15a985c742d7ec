const SECONDS_A_DAY = 86_400;
const DAYS_400_YEARS = 146_097;
/** Days from 0000-03-01 to 1970-01-01. */
const DAYS_TO_EPOCH = 719_468;

export const YEAR = 0;
export const MONTH = 1;
export const DAY = 2;
export const WEEKDAY = 3;
export const HOUR = 4;
export const DAYS = 5;

/**
 * Year, month 1-12, day 1-31, weekday 0-6 from Monday, hour with its fraction, and days since 1970 with theirs, of
 * seconds since 1970 in UTC; all NaN for NaN. The calendar is the proleptic Gregorian one, in eras of 400 years that
 * begin on the first of March (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
 */
export function dateParts(seconds: number, into: Float64Array): void {
  if (seconds !== seconds) {
    into.fill(Number.NaN);
    return;
  }
  const days = Math.floor(seconds / SECONDS_A_DAY);
  const shifted = days + DAYS_TO_EPOCH;
  const era = Math.floor(shifted / DAYS_400_YEARS);
  const dayOfEra = shifted - era * DAYS_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  into[YEAR] = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  into[MONTH] = month;
  into[DAY] = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  into[WEEKDAY] = (((days + 3) % 7) + 7) % 7;
  into[HOUR] = (seconds - days * SECONDS_A_DAY) / 3600;
  into[DAYS] = seconds / SECONDS_A_DAY;
}

/** Seconds since 1970 of midnight of a day in UTC (days_from_civil of the same source). */
export function secondsOfDate(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return (era * DAYS_400_YEARS + dayOfEra - DAYS_TO_EPOCH) * SECONDS_A_DAY;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
