import { filterText, filterWords, operatorsFor, parseFilters } from './row-filters';

describe('row filters', () => {
  it('survive the URL', () => {
    const filters = [{ column: 'tenure', operator: 'at-least', value: 12 } as const];
    expect(parseFilters(filterText(filters) ?? undefined)).toEqual(filters);
  });

  it('drop what an old or mistyped link holds', () => {
    expect(parseFilters('not json')).toEqual([]);
    expect(parseFilters('{"column":"a"}')).toEqual([]);
    expect(
      parseFilters('[{"column":"a","operator":"explode"},{"column":"b","operator":"is-missing"}]'),
    ).toEqual([{ column: 'b', operator: 'is-missing' }]);
  });

  it('leave the URL when there are none', () => {
    expect(filterText([])).toBeNull();
  });

  it('read as a sentence', () => {
    expect(filterWords({ column: 'Contract', operator: 'equals', value: 'One year' })).toBe(
      'Contract is One year',
    );
    expect(filterWords({ column: 'deck', operator: 'is-missing' })).toBe('deck is missing');
  });

  it('offer only comparisons that make sense for the type', () => {
    const ids = (type: string): string[] => operatorsFor(type).map((operator) => operator.id);
    expect(ids('number')).not.toContain('contains');
    expect(ids('text')).not.toContain('at-least');
    expect(ids('boolean')).toEqual(['equals', 'not-equals', 'is-missing', 'is-present']);
  });
});
