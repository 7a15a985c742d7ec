/** A version whose data is in doubt is not shown by its good figures alone. */
export function openFindingsText(count: number): string {
  return `${count} open blocking ${count === 1 ? 'finding' : 'findings'}`;
}

export const OPEN_FINDINGS_MEANING = 'do not trust its figures until that is answered.';
