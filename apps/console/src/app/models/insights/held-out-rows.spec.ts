import { rowNamed } from './held-out-rows';

describe('The picker of rows', () => {
  it('takes the number of a row as it is shown, counted from 1', () => {
    expect(rowNamed('26', [4, 25])).toBe(25);
    expect(rowNamed(' Row 26 ', [4, 25])).toBe(25);
    expect(rowNamed('1,026', [1025])).toBe(1025);
  });

  it('goes back to the example of the model when it is emptied', () => {
    expect(rowNamed('  ', [4])).toBeNull();
  });

  it('takes no row that was not held out, and no word', () => {
    expect(rowNamed('7', [4])).toBeUndefined();
    expect(rowNamed('last', [4])).toBeUndefined();
    expect(rowNamed('-1', [4])).toBeUndefined();
  });
});
