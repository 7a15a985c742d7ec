import { EMPTY_DRAFT, parseDraft, toRequest, useColumn } from './run-draft';

const subject = { datasetId: '0193a000-0000-7000-8000-000000000001', target: 'Churn' };

describe('the draft of a run', () => {
  it('sends only what was chosen, so that the rest is decided from the data', () => {
    expect(toRequest(subject, EMPTY_DRAFT)).toEqual({ ...subject, preset: 'quick' });
  });

  it('sends its own time with the custom preset only', () => {
    expect(toRequest(subject, { ...EMPTY_DRAFT, preset: 'custom', budgetSeconds: 90 }).budgetSeconds).toBe(
      90,
    );
    expect(toRequest(subject, { ...EMPTY_DRAFT, budgetSeconds: 90 })).not.toHaveProperty('budgetSeconds');
  });

  it('names a column of the validation only where one is used', () => {
    const draft = { ...EMPTY_DRAFT, groupColumn: 'household' };
    expect(toRequest(subject, { ...draft, strategy: 'grouped' }).validation).toEqual({
      strategy: 'grouped',
      column: 'household',
    });
    expect(toRequest(subject, { ...draft, strategy: 'random' }).validation).toEqual({ strategy: 'random' });
  });

  it('takes back a column that the rules left out, and forgets it when it is left out again', () => {
    const back = useColumn(EMPTY_DRAFT, 'customerID', true);
    expect(back.included).toEqual(['customerID']);
    expect(useColumn(back, 'customerID', false)).toEqual(EMPTY_DRAFT);
  });

  it('leaves out a column by hand, and uses it again without naming it', () => {
    const out = useColumn(EMPTY_DRAFT, 'tenure', false);
    expect(out.excluded).toEqual(['tenure']);
    expect(useColumn(out, 'tenure', true)).toEqual(EMPTY_DRAFT);
  });

  it.each(['', 'null', '[]', '{"preset":"fast"}', '{'])('starts afresh when %p was remembered', (text) => {
    expect(parseDraft(text)).toBeUndefined();
  });

  it('reads back what it wrote', () => {
    expect(parseDraft(JSON.stringify(EMPTY_DRAFT))).toEqual(EMPTY_DRAFT);
  });
});
