export interface SnippetText {
  readonly language: 'curl' | 'python' | 'typescript';
  readonly label: string;
  readonly code: string;
}

/** One request to the API; its caller's token is read from `MODELWRIGHT_TOKEN`. */
export interface CodeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Full address. */
  readonly url: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form, from a file of this name in the present folder. */
  readonly file?: string;
}

/** Text inside single quotes of a POSIX shell. */
export const quoteForShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same request for a terminal and in two languages, without anything to install. */
export function requestSnippets(request: CodeRequest): SnippetText[] {
  return [
    { language: 'curl', label: 'curl', code: curl(request) },
    { language: 'python', label: 'Python', code: python(request) },
    { language: 'typescript', label: 'TypeScript', code: typescript(request) },
  ];
}

function curl({ method, url, body, file }: CodeRequest): string {
  return [
    `curl -sS --fail-with-body ${method === 'GET' ? '' : `-X ${method} `}${quoteForShell(url)}`,
    '-H "Authorization: Bearer $MODELWRIGHT_TOKEN"',
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${quoteForShell(JSON.stringify(body))}`]),
    ...(file === undefined ? [] : [`-F ${quoteForShell(`file=@${file}`)}`]),
  ].join(' \\\n  ');
}

function python({ method, url, body, file }: CodeRequest): string {
  const json = body === undefined ? [] : [`body = json.loads(${JSON.stringify(JSON.stringify(body))})`, ''];
  const data = body !== undefined ? 'json.dumps(body).encode()' : file !== undefined ? 'form' : 'None';
  const type =
    file !== undefined
      ? '"multipart/form-data; boundary=" + boundary'
      : body !== undefined
        ? '"application/json"'
        : null;
  return [
    'import json',
    'import os',
    'import urllib.request',
    ...(file === undefined ? [] : ['import uuid']),
    '',
    ...json,
    ...(file === undefined ? [] : pythonForm(file)),
    'request = urllib.request.Request(',
    `    ${JSON.stringify(url)},`,
    `    method="${method}",`,
    `    data=${data},`,
    '    headers={',
    '        "Authorization": "Bearer " + os.environ["MODELWRIGHT_TOKEN"],',
    ...(type === null ? [] : [`        "Content-Type": ${type},`]),
    '    },',
    ')',
    'with urllib.request.urlopen(request) as response:',
    '    text = response.read()',
    '    print(json.dumps(json.loads(text), indent=2) if text else "done")',
  ].join('\n');
}

function pythonForm(file: string): string[] {
  const name = JSON.stringify(file);
  return [
    `with open(${name}, "rb") as table:`,
    '    content = table.read()',
    'boundary = uuid.uuid4().hex',
    'form = (',
    '    f"--{boundary}\\r\\n".encode()',
    `    + b'Content-Disposition: form-data; name="file"; filename="${file.replaceAll(/[^\w. -]/g, '_')}"\\r\\n\\r\\n'`,
    '    + content',
    '    + f"\\r\\n--{boundary}--\\r\\n".encode()',
    ')',
    '',
  ];
}

function typescript({ method, url, body, file }: CodeRequest): string {
  const json = body === undefined ? '' : JSON.stringify(body, null, 2).replaceAll('\n', '\n  ');
  return [
    ...(file === undefined
      ? []
      : [
          `import { readFile } from 'node:fs/promises';`,
          '',
          'const form = new FormData();',
          `form.append('file', new Blob([await readFile(${JSON.stringify(file)})]), ${JSON.stringify(file)});`,
        ]),
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  method: '${method}',`,
    '  headers: {',
    '    Authorization: `Bearer ${process.env.MODELWRIGHT_TOKEN}`,',
    ...(body === undefined ? [] : [`    'Content-Type': 'application/json',`]),
    '  },',
    ...(body === undefined ? [] : [`  body: JSON.stringify(${json}),`]),
    ...(file === undefined ? [] : ['  body: form,']),
    '});',
    'if (!response.ok) throw new Error(await response.text());',
    "console.log((await response.text()) || 'done');",
  ].join('\n');
}
