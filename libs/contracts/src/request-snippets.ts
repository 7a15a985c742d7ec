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
  /** Further files of the form, by the name of their field. */
  readonly files?: Readonly<Record<string, string>>;
}

type FormFile = readonly [field: string, name: string];

const filesOf = ({ file, files }: CodeRequest): FormFile[] => [
  ...(file === undefined ? [] : [['file', file] as const]),
  ...Object.entries(files ?? {}),
];

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

function curl(request: CodeRequest): string {
  const { method, url, body } = request;
  return [
    `curl -sS --fail-with-body ${method === 'GET' ? '' : `-X ${method} `}${quoteForShell(url)}`,
    '-H "Authorization: Bearer $MODELWRIGHT_TOKEN"',
    ...(body === undefined
      ? []
      : [`-H 'Content-Type: application/json'`, `-d ${quoteForShell(JSON.stringify(body))}`]),
    ...filesOf(request).map(([field, name]) => `-F ${quoteForShell(`${field}=@${name}`)}`),
  ].join(' \\\n  ');
}

function python(request: CodeRequest): string {
  const { method, url, body } = request;
  const files = filesOf(request);
  const json = body === undefined ? [] : [`body = json.loads(${JSON.stringify(JSON.stringify(body))})`, ''];
  const data = body !== undefined ? 'json.dumps(body).encode()' : files.length > 0 ? 'form' : 'None';
  const type =
    files.length > 0
      ? '"multipart/form-data; boundary=" + boundary'
      : body !== undefined
        ? '"application/json"'
        : null;
  return [
    'import json',
    'import os',
    'import urllib.request',
    ...(files.length === 0 ? [] : ['import uuid']),
    '',
    ...json,
    ...(files.length === 0 ? [] : pythonForm(files)),
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

function pythonForm(files: readonly FormFile[]): string[] {
  return [
    'boundary = uuid.uuid4().hex',
    'form = b""',
    ...files.flatMap(([field, name]) => [
      `with open(${JSON.stringify(name)}, "rb") as part:`,
      '    form += (',
      '        f"--{boundary}\\r\\n".encode()',
      `        + b'Content-Disposition: form-data; name="${field}"; filename="${name.replaceAll(/[^\w. -]/g, '_')}"\\r\\n\\r\\n'`,
      '        + part.read()',
      '        + b"\\r\\n"',
      '    )',
    ]),
    'form += f"--{boundary}--\\r\\n".encode()',
    '',
  ];
}

function typescript(request: CodeRequest): string {
  const { method, url, body } = request;
  const files = filesOf(request);
  const json = body === undefined ? '' : JSON.stringify(body, null, 2).replaceAll('\n', '\n  ');
  return [
    ...(files.length === 0
      ? []
      : [
          `import { readFile } from 'node:fs/promises';`,
          '',
          'const form = new FormData();',
          ...files.map(
            ([field, name]) =>
              `form.append('${field}', new Blob([await readFile(${JSON.stringify(name)})]), ${JSON.stringify(name)});`,
          ),
        ]),
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  method: '${method}',`,
    '  headers: {',
    '    Authorization: `Bearer ${process.env.MODELWRIGHT_TOKEN}`,',
    ...(body === undefined ? [] : [`    'Content-Type': 'application/json',`]),
    '  },',
    ...(body === undefined ? [] : [`  body: JSON.stringify(${json}),`]),
    ...(files.length === 0 ? [] : ['  body: form,']),
    '});',
    'if (!response.ok) throw new Error(await response.text());',
    "console.log((await response.text()) || 'done');",
  ].join('\n');
}
