const WIDTH = 88;

/** A JSON value as Python would write it, broken over lines where it is long. */
export function pythonLiteral(value: unknown, indent = 0): string {
  const short = onOneLine(value);
  if (short.length + indent <= WIDTH || typeof value !== 'object' || value === null) return short;
  const inner = ' '.repeat(indent + 4);
  const end = ' '.repeat(indent);
  if (Array.isArray(value)) {
    const items = value.map((item) => `${inner}${pythonLiteral(item, indent + 4)},\n`);
    return `[\n${items.join('')}${end}]`;
  }
  const entries = Object.entries(value).map(
    ([name, item]) => `${inner}${text(name)}: ${pythonLiteral(item, indent + 4)},\n`,
  );
  return `{\n${entries.join('')}${end}}`;
}

function onOneLine(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'None';
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, item]) => `${text(name)}: ${onOneLine(item)}`)
      .join(', ')}}`;
  return 'None';
}

/** Texts of JSON are texts of Python once all that is not ASCII is written as Python escapes it. */
function text(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll(/[^\x20-\x7e]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}
