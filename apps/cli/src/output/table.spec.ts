import { describe, expect, it } from '@jest/globals';
import { formatBytes, formatNumber, renderFields, renderTable } from './table.js';

const COLUMNS = [
  { title: 'name', value: (row: { name: string; score: number | null }) => row.name },
  {
    title: 'score',
    value: (row: { name: string; score: number | null }) => row.score,
    align: 'right' as const,
  },
];

describe('tables for people', () => {
  it('align columns and show what is missing as a dash', () => {
    const lines = renderTable(
      [
        { name: 'a', score: 0.123456789 },
        { name: 'longer', score: null },
      ],
      COLUMNS,
      false,
    );
    expect(lines).toEqual(['NAME      SCORE', 'a       0.12346', 'longer        –']);
  });

  it('print no character that steers the terminal', () => {
    const [, line] = renderTable([{ name: 'a\u001b[2Jb\nc', score: 1 }], COLUMNS, true);
    expect(line).toBe('a [2Jb c      1');
  });

  it('cut long cells for a terminal only', () => {
    const rows = [{ name: 'x'.repeat(100), score: 1 }];
    expect(renderTable(rows, COLUMNS, true)[1]).toContain('…');
    expect(renderTable(rows, COLUMNS, false)[1]).toContain('x'.repeat(100));
  });

  it('leave out fields that are undefined', () => {
    expect(
      renderFields([
        ['Name', 'a'],
        ['Gone', undefined],
        ['Empty', null],
      ]),
    ).toEqual(['Name   a', 'Empty  –']);
  });

  it('show numbers with five digits and sizes with units', () => {
    expect([formatNumber(5000), formatNumber(0.7712345)]).toEqual(['5000', '0.77123']);
    expect([formatBytes(0), formatBytes(1536), formatBytes(5 * 2 ** 30)]).toEqual([
      '0 B',
      '1.5 KiB',
      '5 GiB',
    ]);
  });
});
