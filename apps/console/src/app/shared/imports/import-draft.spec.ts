import type { PreviewResponse } from '@modelwright/sdk';
import { dialectChips, withChoice } from './import-draft';

const preview: PreviewResponse = {
  fileName: 'orders.csv',
  suggestedName: 'orders',
  dialect: {
    encoding: 'windows-1252',
    delimiter: ';',
    quote: '"',
    header: true,
    decimal: ',',
    dateOrder: null,
    newline: 'crlf',
  },
  alternatives: {
    encodings: ['utf-8'],
    delimiters: [';', ',', '\t'],
    quotes: ['"'],
    decimals: [',', '.'],
    dateOrders: [],
  },
  columns: [],
  rows: [],
  doubtfulCells: [],
  rowsSeen: 0,
  badRowCount: 0,
  badRows: [],
  warnings: [],
  identifierColumns: [],
  complete: true,
};

describe('reading chips of an import', () => {
  it('offer what was found even when it is not among the alternatives', () => {
    const encoding = dialectChips(preview).find((chip) => chip.field === 'encoding');
    expect(encoding?.choices.map((choice) => choice.value)).toEqual(['windows-1252', 'utf-8']);
  });

  it('leave out the order of dates when the table has none', () => {
    expect(dialectChips(preview).map((chip) => chip.field)).toEqual([
      'encoding',
      'delimiter',
      'header',
      'decimal',
    ]);
    const dated = { ...preview, dialect: { ...preview.dialect, dateOrder: 'dmy' as const } };
    expect(dialectChips(dated).map((chip) => chip.field)).toContain('dateOrder');
  });

  it('change one thing and keep the others', () => {
    expect(withChoice({ encoding: 'utf-8' }, 'header', 'false')).toEqual({
      encoding: 'utf-8',
      header: 'false',
    });
    expect(withChoice({ header: 'false' }, 'decimal', ',')).toEqual({ header: 'false', decimal: ',' });
  });
});
