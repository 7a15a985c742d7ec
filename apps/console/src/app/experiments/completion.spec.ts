import { applied, completionAt, type FieldOption, valueText } from './completion';

const field = (name: string, group: FieldOption['group'], type: FieldOption['type']): FieldOption => ({
  field: group === 'attribute' ? name : `${group}s.${name}`,
  text: group === 'attribute' ? name : `${group}s.${name.includes(' ') ? `"${name}"` : name}`,
  label: name,
  group,
  type,
});
const FIELDS = [
  field('status', 'attribute', 'text'),
  field('score', 'attribute', 'number'),
  field('roc_auc', 'metric', 'number'),
  field('max depth', 'param', 'text'),
];
const at = (text: string) => completionAt(text, text.length, FIELDS);
const texts = (text: string) => at(text).suggestions.map((one) => one.text);

describe('Completion of a search', () => {
  it('offers fields whose name begins with or contains what is typed', () => {
    expect(texts('s')).toEqual(['status', 'score']);
    expect(texts('roc')).toEqual(['metrics.roc_auc']);
    expect(texts('status = failed and dep')).toEqual(['params."max depth"']);
  });

  it('offers the comparisons that fit the field', () => {
    expect(texts('score ')).toContain('>=');
    expect(texts('status ')).toContain('~');
  });

  it('asks for the values of a text field after a comparison, and for none of a number', () => {
    expect(at('status = ').valuesOf).toBe('status');
    expect(at('params."max depth" = ').valuesOf).toBe('params.max depth');
    expect(at('score > ').valuesOf).toBeUndefined();
  });

  it('offers the words between terms', () => {
    expect(texts('score > 0.5 ')).toEqual(['and', 'or']);
  });

  it('puts a suggestion in place of what was typed', () => {
    expect(applied('roc > 1', completionAt('roc > 1', 3, FIELDS), 'metrics.roc_auc')).toEqual({
      text: 'metrics.roc_auc > 1',
      caret: 16,
    });
  });

  it('quotes values that are more than a word', () => {
    expect([valueText('failed'), valueText('a b'), valueText('and'), valueText('say "x"')]).toEqual([
      'failed',
      '"a b"',
      '"and"',
      '"say \\"x\\""',
    ]);
  });
});
