const MAX_SUBJECT = 180;
const MAX_BODY = 100_000;

/** A subject is one line: what could begin another header, or hide in one, becomes a space. */
export function subjectLine(text: string): string {
  const line = text
    .toWellFormed()
    // Control and format characters, and the separators of lines and paragraphs.
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const letters = [...line];
  return letters.length <= MAX_SUBJECT ? line : `${letters.slice(0, MAX_SUBJECT - 1).join('')}…`;
}

/** Text that Postgres stores and a mail reader shows: no NUL, line ends of one kind, bounded. */
export function bodyText(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '');
  return clean.length <= MAX_BODY ? clean : `${clean.slice(0, MAX_BODY)}\n…`;
}
