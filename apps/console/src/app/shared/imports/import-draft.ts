import type { PreviewDatasetData, PreviewResponse } from '@modelwright/sdk';

/** How a file is to be read; what is left out is detected. */
export type DialectChoice = Pick<
  NonNullable<PreviewDatasetData['query']>,
  'encoding' | 'delimiter' | 'header' | 'decimal' | 'dateOrder'
>;
export type DialectField = keyof DialectChoice;

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface DialectChip {
  readonly field: DialectField;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
}

const DELIMITER_WORDS: Readonly<Record<string, string>> = {
  ',': 'Comma  ,',
  ';': 'Semicolon  ;',
  '\t': 'Tab',
  '|': 'Bar  |',
  ' ': 'Space',
};
const DATE_WORDS: Readonly<Record<string, string>> = {
  ymd: 'Year, month, day',
  dmy: 'Day, month, year',
  mdy: 'Month, day, year',
};

/** What was detected, as chips that offer the alternatives. */
export function dialectChips(preview: PreviewResponse): readonly DialectChip[] {
  const { dialect, alternatives } = preview;
  const chips: DialectChip[] = [
    chip('encoding', 'Encoding', dialect.encoding, alternatives.encodings, (value) => value),
    chip('delimiter', 'Between cells', dialect.delimiter, alternatives.delimiters, delimiterWord),
    {
      field: 'header',
      label: 'First row',
      value: String(dialect.header),
      choices: [
        { value: 'true', label: 'Holds the names' },
        { value: 'false', label: 'Is data' },
      ],
    },
    chip('decimal', 'Decimal sign', dialect.decimal, alternatives.decimals, (value) =>
      value === ',' ? 'Comma  1,5' : 'Point  1.5',
    ),
  ];
  if (dialect.dateOrder) {
    chips.push(
      chip(
        'dateOrder',
        'Dates',
        dialect.dateOrder,
        alternatives.dateOrders,
        (value) => DATE_WORDS[value] ?? value,
      ),
    );
  }
  return chips;
}

/** The choice with one chip changed. */
export function withChoice(choice: DialectChoice, field: DialectField, value: string): DialectChoice {
  switch (field) {
    case 'header':
      return { ...choice, header: value === 'true' ? 'true' : 'false' };
    case 'decimal':
      return { ...choice, decimal: value === ',' ? ',' : '.' };
    case 'dateOrder':
      return { ...choice, dateOrder: value === 'dmy' || value === 'mdy' ? value : 'ymd' };
    case 'encoding':
      return { ...choice, encoding: value };
    case 'delimiter':
      return { ...choice, delimiter: value };
  }
}

function chip(
  field: DialectField,
  label: string,
  value: string,
  offered: readonly string[],
  word: (value: string) => string,
): DialectChip {
  const values = offered.includes(value) ? offered : [value, ...offered];
  return { field, label, value, choices: values.map((one) => ({ value: one, label: word(one) })) };
}

function delimiterWord(delimiter: string): string {
  return DELIMITER_WORDS[delimiter] ?? delimiter;
}
