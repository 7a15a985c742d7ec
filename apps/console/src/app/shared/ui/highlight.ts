export interface CodePart {
  readonly text: string;
  readonly kind: 'plain' | 'string' | 'keyword' | 'number' | 'comment' | 'variable';
}

const KEYWORDS =
  'import|from|as|def|return|const|let|await|async|new|export|function|if|else|for|in|with|print|True|False|None|true|false|null|curl|export';
const TOKENS = new RegExp(
  [
    '(?<comment>(?<=^|\\s)#[^\\n]*|//[^\\n]*(?=$|\\n))',
    '(?<variable>\\$\\{?[A-Z_][A-Z0-9_]*\\}?)',
    '(?<string>"(?:[^"\\\\\\n]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`[^`]*`)',
    // A word of an option, as in `--fail-with-body`, is none of the language.
    `(?<keyword>(?<!-)\\b(?:${KEYWORDS})\\b(?!-))`,
    '(?<number>\\b\\d+(?:\\.\\d+)?\\b)',
  ].join('|'),
  'gm',
);

/** Splits code for colouring. Good enough for the snippets that the product itself writes; every part stays text. */
export function highlight(code: string): readonly CodePart[] {
  const parts: CodePart[] = [];
  let end = 0;
  for (const match of code.matchAll(TOKENS)) {
    if (isInsideUrl(code, match.index, match[0])) continue;
    if (match.index > end) parts.push({ text: code.slice(end, match.index), kind: 'plain' });
    parts.push({ text: match[0], kind: kindOf(match.groups) });
    end = match.index + match[0].length;
  }
  if (end < code.length) parts.push({ text: code.slice(end), kind: 'plain' });
  return parts;
}

function isInsideUrl(code: string, index: number, text: string): boolean {
  return text.startsWith('//') && code[index - 1] === ':';
}

function kindOf(groups: Readonly<Record<string, string | undefined>> | undefined): CodePart['kind'] {
  if (groups?.['comment'] !== undefined) return 'comment';
  if (groups?.['variable'] !== undefined) return 'variable';
  if (groups?.['string'] !== undefined) return 'string';
  if (groups?.['keyword'] !== undefined) return 'keyword';
  return 'number';
}
