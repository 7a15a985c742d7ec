import { column } from '../testing/fake-training-data.js';
import { inferTask, targetBlockers } from './task-inference.js';

describe('The task that a target calls for', () => {
  it.each([
    ['two words', column('y', { type: 'category', distinct: 2 }), 'binary'],
    ['yes and no as a boolean', column('y', { type: 'boolean', distinct: 2 }), 'binary'],
    ['zero and one', column('y', { type: 'integer', distinct: 2 }), 'binary'],
    ['two prices', column('y', { type: 'number', distinct: 2 }), 'binary'],
    ['three species', column('y', { type: 'category', distinct: 3 }), 'multiclass'],
    ['five stars', column('y', { type: 'integer', distinct: 5 }), 'multiclass'],
    ['many counts', column('y', { type: 'integer', distinct: 11 }), 'regression'],
    ['prices', column('y', { type: 'number', distinct: 3 }), 'regression'],
  ])('is right for %s', (_, target, task) => {
    expect(inferTask(target, 1000)?.task).toBe(task);
  });

  it('is regression when whole numbers are few only because rows are', () => {
    expect(inferTask(column('y', { type: 'integer', distinct: 9 }), 20)?.task).toBe('regression');
  });

  it('is none for a date', () => {
    expect(inferTask(column('y', { type: 'datetime' }), 1000)).toBeUndefined();
  });
});

describe('A target that cannot be used', () => {
  const codes = (...args: Parameters<typeof targetBlockers>): string[] =>
    targetBlockers(...args).map(({ code }) => code);

  it('has one class, or no value at all', () => {
    expect(codes(column('y', { type: 'category', distinct: 1 }), 'binary', 100)).toEqual([
      'target-one-class',
    ]);
    expect(codes(column('y', { distinct: 0, missing: 100 }), 'regression', 100)).toEqual([
      'target-all-missing',
    ]);
    expect(codes(column('y', { type: 'number', distinct: 1 }), 'regression', 100)).toEqual([
      'target-one-class',
    ]);
  });

  it('has more classes than rows can teach', () => {
    expect(codes(column('y', { type: 'category', distinct: 60 }), 'multiclass', 100)).toEqual([
      'target-too-many-classes',
    ]);
    expect(codes(column('y', { type: 'category', distinct: 1001 }), 'multiclass', 100_000)).toEqual([
      'target-too-many-classes',
    ]);
    expect(codes(column('y', { type: 'category', distinct: 50 }), 'multiclass', 100)).toEqual([]);
  });

  it('does not fit the task that was asked for', () => {
    expect(codes(column('y', { type: 'category', distinct: 3 }), 'regression', 100)).toEqual([
      'task-does-not-fit',
    ]);
    expect(codes(column('y', { type: 'category', distinct: 3 }), 'binary', 100)).toEqual([
      'task-does-not-fit',
    ]);
    expect(codes(column('y', { type: 'datetime', distinct: 90 }), 'multiclass', 100)).toEqual([
      'target-is-time',
    ]);
  });
});
