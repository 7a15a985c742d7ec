import type { Row } from './input-row';

export interface SnippetInput {
  readonly predictUrl: string;
  readonly row: Row;
  /** Whether the endpoint wants a credential; it is read from `API_KEY`. */
  readonly needsKey: boolean;
}

interface SnippetText {
  readonly language: string;
  readonly code: string;
}

/** A call of the endpoint with this row, in the form that the server gives for its example row. */
export function snippetsFor(input: SnippetInput): readonly SnippetText[] {
  return [
    { language: 'curl', code: curlSnippet(input) },
    { language: 'Python', code: pythonSnippet(input) },
    { language: 'TypeScript', code: typescriptSnippet(input) },
  ];
}

function curlSnippet({ predictUrl, row, needsKey }: SnippetInput): string {
  return [
    `curl -sS -X POST ${shellQuoted(predictUrl)}`,
    ...(needsKey ? ['-H "Authorization: Bearer $API_KEY"'] : []),
    `-H 'Content-Type: application/json'`,
    `-d ${shellQuoted(JSON.stringify({ rows: [row] }))}`,
  ].join(' \\\n  ');
}

/** Inside single quotes a POSIX shell reads everything as it stands, but the quote itself. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function pythonSnippet({ predictUrl, row, needsKey }: SnippetInput): string {
  return [
    'import json',
    ...(needsKey ? ['import os'] : []),
    'import urllib.request',
    '',
    'row = {',
    ...Object.entries(row).map(([name, value]) => `    ${JSON.stringify(name)}: ${pythonLiteral(value)},`),
    '}',
    'request = urllib.request.Request(',
    `    ${JSON.stringify(predictUrl)},`,
    '    data=json.dumps({"rows": [row]}).encode(),',
    '    headers={',
    '        "Content-Type": "application/json",',
    ...(needsKey ? ['        "Authorization": "Bearer " + os.environ["API_KEY"],'] : []),
    '    },',
    ')',
    'with urllib.request.urlopen(request) as response:',
    '    print(json.load(response)["predictions"])',
  ].join('\n');
}

function pythonLiteral(value: Row[string]): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

function typescriptSnippet({ predictUrl, row, needsKey }: SnippetInput): string {
  const body = JSON.stringify({ rows: [row] }, null, 2).replaceAll('\n', '\n  ');
  return [
    `const response = await fetch(${JSON.stringify(predictUrl)}, {`,
    `  method: 'POST',`,
    `  headers: {`,
    `    'Content-Type': 'application/json',`,
    ...(needsKey ? ['    Authorization: `Bearer ${process.env.API_KEY}`,'] : []),
    `  },`,
    `  body: JSON.stringify(${body}),`,
    `});`,
    `if (!response.ok) throw new Error(await response.text());`,
    `console.log((await response.json()).predictions);`,
  ].join('\n');
}
