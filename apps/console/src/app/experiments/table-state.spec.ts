import { convertToParamMap } from '@angular/router';
import { DEFAULT_STATE, moved, nextSort, queryOf, sameState, stateOf } from './table-state';

describe('State of the table', () => {
  it('is what the URL says, and the view where the URL says nothing', () => {
    const query = convertToParamMap({
      q: 'auc > 0.8',
      col: ['metrics.roc_auc', 'created'],
      show: 'nonsense',
    });
    expect(stateOf(query, DEFAULT_STATE)).toEqual({
      ...DEFAULT_STATE,
      search: 'auc > 0.8',
      columns: ['metrics.roc_auc', 'created'],
    });
  });

  it('goes back into the URL as far as it differs', () => {
    const state = { ...DEFAULT_STATE, sort: '-metrics.roc_auc' };
    expect(queryOf(state, DEFAULT_STATE)).toEqual({
      q: null,
      sort: '-metrics.roc_auc',
      show: null,
      density: null,
      col: null,
    });
    expect(sameState(state, DEFAULT_STATE)).toBe(false);
  });

  it('sorts best first, then worst first, then as before', () => {
    expect(nextSort('-created', 'score')).toBe('-score');
    expect(nextSort('-score', 'score')).toBe('score');
    expect(nextSort('score', 'score')).toBe('-created');
  });

  it('moves a column by one place and not off the ends', () => {
    expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b', 'c'], 'a', -1)).toEqual(['a', 'b', 'c']);
  });
});
