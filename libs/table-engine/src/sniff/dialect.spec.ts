import { TableError } from '../table-error.js';
import { columnNames } from './column-names.js';
import { parseSample } from './csv-records.js';
import { dateStyle } from './date-format.js';
import { sniffTable, type SniffedTable } from './dialect.js';
import { detectEncoding } from './encoding.js';
import { previewTable } from './preview.js';

const sniff = (text: string | Buffer): SniffedTable => sniffTable(Buffer.from(text), {}, true);
const types = (text: string): string[] => sniff(text).guesses.map(({ type }) => type);
const codeOf = (text: string | Buffer): string | undefined => {
  try {
    sniff(text);
    return undefined;
  } catch (cause) {
    if (cause instanceof TableError) return cause.code;
    throw cause;
  }
};

describe('finding out how a table is written', () => {
  it.each([
    [',', 'a,b,c\n1,2,3\n4,5,6\n'],
    [';', 'name;price\nA;1,50\nB;2,75\n'],
    ['\t', 'a\tb\n1\t2, with comma\n3\t4\n'],
    ['|', 'a|b\n1|2\n3|4\n'],
  ])('knows the delimiter %j', (delimiter, text) => {
    expect(sniff(text).dialect.delimiter).toBe(delimiter);
  });

  it.each([
    ['lf', 'a,b\n1,2\n'],
    ['crlf', 'a,b\r\n1,2\r\n'],
    ['cr', 'a,b\r1,2\r'],
    ['mixed', 'a,b\r\n1,2\n3,4\r\n'],
  ])('knows the line ending %s', (newline, text) => {
    expect(sniff(text).dialect.newline).toBe(newline);
    expect(sniff(text).records[0]?.cells).toEqual(['1', '2']);
  });

  it('tells a header from data', () => {
    expect(sniff('1,2,3\n4,5,6\n').dialect.header).toBe(false);
    expect(sniff('1,2,3\n4,5,6\n').names.map(({ name }) => name)).toEqual([
      'column_1',
      'column_2',
      'column_3',
    ]);
    expect(sniff('year,2019,2020\nx,1,2\ny,3,4\n').dialect.header).toBe(true);
  });

  it('keeps quoted delimiters, quotes and line breaks inside their cell', () => {
    const { records, unclosedQuoteLine } = parseSample('a,b\n"x, ""y""\nz",2\n3,4\n', ',', '"', {
      complete: true,
      maxRecords: 10,
    });
    expect(unclosedQuoteLine).toBeNull();
    expect(records.map(({ cells, line }) => [line, ...cells])).toEqual([
      [1, 'a', 'b'],
      [2, 'x, "y"\nz', '2'],
      [4, '3', '4'],
    ]);
  });

  it('reads decimal commas, and does not take thousands for decimals', () => {
    expect(sniff('a;b\nx;1,5\ny;22,75\n').dialect.decimal).toBe(',');
    expect(sniff('a;b\nx;1,000\ny;22,750\n').dialect.decimal).toBe('.');
    expect(types('a;b\nx;1.234,5\ny;22,75\nz;7\n')[1]).toBe('number');
  });

  it.each([
    ['utf-8', Buffer.from('a,b\né,2\n')],
    ['windows-1252', Buffer.from('a,b\ncaf\xe9 cr\xe8me br\xfbl\xe9e,2\n', 'latin1')],
    ['utf-16le', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')],
    ['utf-16le', Buffer.from('a,b\n1,2\n3,4\n5,6\n', 'utf16le')],
    ['utf-16be', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le').swap16()],
  ])('knows the encoding %s', (encoding, bytes) => {
    expect(detectEncoding(bytes, undefined, true).encoding).toBe(encoding);
    expect(sniff(bytes).names.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('does not count a character cut by the end of the sample against UTF-8', () => {
    const cut = Buffer.from('a,b\n1,é').subarray(0, 7);
    expect(detectEncoding(cut, undefined, false).encoding).toBe('utf-8');
  });

  it('drops a byte order mark', () => {
    expect(sniff('\ufeffa,b\n1,2\n').names[0]).toEqual({ name: 'a', originalName: null });
  });

  it('takes row names and trailing delimiters for what they are', () => {
    expect(sniff('a,b\nr1,1,2\nr2,3,4\n').names.map(({ name }) => name)).toEqual(['row_name', 'a', 'b']);
    const trailing = sniff('a,b\n1,2,\n3,4,\n');
    expect(trailing.trailingDelimiter).toBe(true);
    expect(trailing.names.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it.each([
    ['empty-file', ''],
    ['empty-file', '  \n\n '],
    ['not-text', Buffer.from('PK\x03\x04rest')],
    ['not-text', '%PDF-1.7'],
    ['not-text', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['nul-bytes', 'a,b\n1,\x002\n'],
    ['unclosed-quote', 'a,b\n1,"2\n3,4\n'],
    ['too-many-columns', `${'x,'.repeat(20_000)}x\n1\n`],
  ])('refuses with %s', (code, content) => {
    expect(codeOf(content)).toBe(code);
  });

  it('survives columns called like properties of objects', () => {
    const { names } = sniff('__proto__,constructor,toString\n1,2,3\n');
    expect(names.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'toString']);
  });
});

describe('column names', () => {
  it('are unique whatever the header says, and the change is told', () => {
    const { columns, warnings } = columnNames(['a', '', 'A', 'a', ' b\u0000 ', 'a_2']);
    const names = columns.map(({ name }) => name);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(6);
    expect(names).toEqual(['a', 'column_2', 'A_3', 'a_4', 'b', 'a_2']);
    expect(warnings.map(({ code }) => code)).toEqual(['empty-column-names', 'duplicate-column-names']);
  });
});

describe('column types', () => {
  const column = (...values: string[]): string =>
    types(`x,other\n${values.map((value) => `"${value}",k`).join('\n')}\n`)[0] ?? '';
  it.each([
    ['integer', ['1', '2', '', '3']],
    ['number', ['1.5', '2', '-3e4']],
    ['number', ['29.85', ' ', '1889.5', '108.15']],
    ['integer', ['130', '?', '165', 'NA']],
    ['number', ['$1,234.50', '$99.00', '$7.25']],
    ['number', ['12.5%', '7.25%', '3 %']],
    ['boolean', ['True', 'False', 'true']],
    ['category', ['yes', 'no', 'yes', 'no']],
    ['category', ['02134', '90210', '02134', '90210', '02134']],
    ['datetime', ['2024-01-31', '2024-02-29']],
    ['datetime', ['2019-03-23 20:21:09', '2019-03-04 16:11:55']],
    ['datetime', ['31/12/2020', '01/02/2021']],
    ['datetime', ['Jan 5, 2020', 'Feb 17, 2021']],
    ['text', ['7590-VHVEG', '5575-GNVDE', '3668-QPYBK', '7795-CFOCW']],
    ['text', ['12345678901234567890', '22345678901234567891', '32345678901234567892', '4234567890123456789']],
  ])('%s for %j', (type, values) => {
    expect(column(...values)).toBe(type);
  });

  it('settles the order of day and month where one value can tell, and says when none can', () => {
    expect(dateStyle(['13/02/2020', '01/02/2020'], undefined)).toMatchObject({
      order: 'dmy',
      ambiguous: false,
    });
    expect(dateStyle(['02/13/2020', '01/02/2020'], undefined)).toMatchObject({
      order: 'mdy',
      ambiguous: false,
    });
    expect(dateStyle(['01/02/2020'], 'dmy')).toMatchObject({ order: 'dmy', ambiguous: true });
    expect(dateStyle(['13/13/2020'], undefined)).toBeUndefined();
  });

  it('takes NA for a gap among words, but for Namibia among country codes', () => {
    expect(sniff('c\nA\nNA\nB\nA\n').guesses[0]?.missing).toBe(1);
    expect(sniff('c\nDE\nNA\nFR\nAT\nDE\n').guesses[0]?.missing).toBe(0);
  });
});

describe('preview', () => {
  it('shows the first 200 rows, counts bad ones and outlines doubtful cells', () => {
    const lines = Array.from({ length: 500 }, (_, index) => `${index},${index % 50 === 7 ? '?' : index / 2}`);
    lines[3] = '1,2,3';
    const preview = previewTable(Buffer.from(`id,x\n${lines.join('\n')}\n`), {}, true);
    expect(preview.rows).toHaveLength(200);
    expect(preview).toMatchObject({
      rowsSeen: 500,
      badRowCount: 1,
      badRows: [{ line: 5, reason: '3 cells instead of 2', text: '1,2,3' }],
    });
    expect(preview.doubtfulCells[0]).toEqual({ row: 6, column: 1, reason: 'Read as missing.' });
  });
});
