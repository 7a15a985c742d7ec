import { churnTable, column, flag } from '../testing/fake-training-data.js';
import { selectColumns, type ColumnWishes } from './column-selection.js';
import type { TrainingFlag } from './training-table.js';

const columns = [
  column('id', { role: 'identifier' }),
  column('a'),
  column('b'),
  column('same', { distinct: 1 }),
  column('empty', { distinct: 0, missing: 1000 }),
  column('leak'),
  column('y', { type: 'category', distinct: 2 }),
];

function select(flags: TrainingFlag[] = [], wishes: ColumnWishes = {}, changed = columns) {
  const selection = selectColumns(churnTable({ columns: changed, flags }), 'y', wishes);
  return {
    features: selection.features.map(({ name }) => name),
    excluded: Object.fromEntries(selection.excluded.map(({ column: name, code }) => [name, code])),
    blockers: selection.blockers.map(({ code }) => code),
  };
}

describe('The columns a model may look at', () => {
  it('are those that vary and describe, never the target', () => {
    expect(select()).toEqual({
      features: ['a', 'b', 'leak'],
      excluded: { id: 'identifier', same: 'constant', empty: 'empty' },
      blockers: [],
    });
  });

  it('leave out a leak of this target, and keep what leaks another one', () => {
    const leaks = (target: string) => [flag('target-leak', 'leak', { target, severity: 'error' })];

    expect(select(leaks('y')).excluded['leak']).toBe('target-leak');
    expect(select(leaks('b')).features).toContain('leak');
  });

  it('keep a single gap in a column of one value, for a gap may mean something', () => {
    const gappy = [
      ...columns.filter(({ name }) => name !== 'same'),
      column('same', { distinct: 1, missing: 400 }),
    ];

    expect(select([], {}, gappy).features).toContain('same');
  });

  it('leave out a copy only while the column that it repeats is used', () => {
    const copy = flag('duplicate-column', 'b', { relatedColumns: ['a'] });

    expect(select([copy]).excluded['b']).toBe('duplicate-column');
    expect(select([copy], { excludedColumns: ['a'] }).features).toContain('b');
    const ignored = columns.map((each) =>
      each.name === 'b' ? { ...each, role: 'ignore' as const, suggestedRole: 'ignore' as const } : each,
    );
    expect(select([copy], {}, ignored).excluded['b']).toBe('duplicate-column');
    expect(select([copy], { excludedColumns: ['a'] }, ignored).features).toContain('b');
  });

  it('leave out a copy of the target whatever its role', () => {
    expect(
      select([flag('duplicate-column', 'b', { relatedColumns: ['y'], suggestedRole: null })]).excluded['b'],
    ).toBe('duplicate-column');
  });

  it('follow a role that was set by hand against a finding that holds for every target', () => {
    const kept = columns.map((each) =>
      each.name === 'a' ? { ...each, suggestedRole: 'identifier' as const } : each,
    );

    expect(select([flag('identifier', 'a', { suggestedRole: 'identifier' })], {}, kept).features).toContain(
      'a',
    );
  });

  it('include what is asked for, although a rule would leave it out', () => {
    const wishes = { includedColumns: ['id', 'leak'] };

    expect(
      select([flag('target-leak', 'leak', { target: 'y', severity: 'error' })], wishes).features,
    ).toEqual(expect.arrayContaining(['id', 'leak']));
  });

  it('cannot be wished for when they do not exist, are the target, or are also excluded', () => {
    expect(select([], { excludedColumns: ['aa'] }).blockers).toEqual(['unknown-column']);
    expect(select([], { includedColumns: ['y'] }).blockers).toEqual(['target-as-feature']);
    expect(select([], { includedColumns: ['a'], excludedColumns: ['a'] }).blockers).toEqual([
      'contradiction',
    ]);
  });
});
