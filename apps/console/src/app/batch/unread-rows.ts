import { plural } from '../shared/format/numbers';

/** Rows that are missing in the output must not be missing without a word. */
export function unreadText(count: number): string {
  return `${plural(count, 'line')} of the file ${count === 1 ? 'was no whole row and gets' : 'were no whole rows and get'} no prediction.`;
}
