import { ApiProblem, type FieldProblem } from '../api/problem';
import { sortProblem } from './field-errors';

const problemWith = (...errors: FieldProblem[]): ApiProblem =>
  new ApiProblem({ code: 'invalid-prediction-input', status: 422, title: 'T', detail: 'D', errors });

describe('the messages of a refused prediction', () => {
  it('land on the field that their pointer names, with slashes and tildes in its name', () => {
    const problem = problemWith({ pointer: '/rows/0/a~1b~0c', detail: 'is no number' });
    const { byField, rest } = sortProblem(problem, ['a/b~c']);
    expect([...byField]).toEqual([['a/b~c', 'is no number']]);
    expect(rest).toBeUndefined();
  });

  it('stay in the problem when no field has their name', () => {
    const problem = problemWith({ pointer: '/rows/0/x', detail: 'one' }, { pointer: '/rows', detail: 'two' });
    const { byField, rest } = sortProblem(problem, ['a']);
    expect(byField.size).toBe(0);
    expect(rest?.errors.map((error) => error.detail)).toEqual(['one', 'two']);
  });

  it('say what was expected, or what to do about it', () => {
    const problem = problemWith(
      { pointer: '/rows/0/a', detail: '"a" is a number.', expected: 'whole number or null' },
      {
        pointer: '/rows/0/b',
        detail: 'A text came.',
        expected: 'number',
        suggestion: 'send 5 without quotes',
      },
    );
    expect([...sortProblem(problem, ['a', 'b']).byField.values()]).toEqual([
      '"a" is a number. Expected: whole number or null.',
      'A text came. To correct it, send 5 without quotes.',
    ]);
  });

  it('leave a problem without fields whole', () => {
    expect(sortProblem(problemWith(), ['a']).rest?.title).toBe('T');
  });
});
