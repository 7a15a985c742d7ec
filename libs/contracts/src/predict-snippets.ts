import type { CellValue, ContractInput } from './model-contract.js';
import { quoteForShell, type SnippetText } from './request-snippets.js';
import { tensorDatatype } from './tensor-types.js';

export interface PredictCurlInput {
  readonly predictUrl: string;
  readonly row: Readonly<Record<string, CellValue | undefined>>;
  /** Whether the endpoint wants a credential. */
  readonly needsKey: boolean;
  /** A key to write out, right after it was made; otherwise the code reads `API_KEY`. */
  readonly key?: string;
}

export interface PredictSnippetInput extends PredictCurlInput {
  /** Of the model's contract: their types are the types of the tensors. */
  readonly inputs: readonly Pick<ContractInput, 'name' | 'type'>[];
}

export function predictCurl({ predictUrl, row, needsKey, key }: PredictCurlInput): string {
  return postJson(predictUrl, { rows: [row] }, needsKey, key);
}

function postJson(url: string, body: unknown, needsKey: boolean, key?: string): string {
  const authorization = key
    ? quoteForShell(`Authorization: Bearer ${key}`)
    : '"Authorization: Bearer $API_KEY"';
  const lines = [
    `curl -sS -X POST ${quoteForShell(url)}`,
    ...(needsKey ? [`-H ${authorization}`] : []),
    `-H 'Content-Type: application/json'`,
    `-d ${quoteForShell(JSON.stringify(body))}`,
  ];
  return lines.join(' \\\n  ');
}

/** The same row as clients of MLflow's scoring server send it. */
function mlflowSnippet({ predictUrl, row, needsKey }: PredictSnippetInput): string {
  const url = predictUrl.replace(/\/predict$/, '/invocations');
  const body = { dataframe_split: { columns: Object.keys(row), data: [Object.values(row)] } };
  return postJson(url, body, needsKey);
}

/** The same row as a tensor for each column (Open Inference Protocol v2), of the types that the metadata says. */
function inferenceSnippet({ predictUrl, row, inputs, needsKey }: PredictSnippetInput): string {
  const url = predictUrl.replace(/\/api\/deployments\/([^/]+)\/predict$/, '/v2/models/$1/infer');
  const types = new Map(inputs.map(({ name, type }) => [name, type]));
  const tensors = Object.entries(row).map(([name, value]) => ({
    name,
    shape: [1, 1],
    datatype: tensorDatatype(types.get(name) ?? 'text'),
    data: [value ?? null],
  }));
  return postJson(url, { inputs: tensors }, needsKey);
}

/** The same call with the program `modelwright` (docs/cli.md). */
function cliSnippet({ predictUrl, row, needsKey }: PredictSnippetInput): string {
  const [, installation = '', endpoint = ''] =
    /^(.*)\/api\/deployments\/([^/]+)\/predict$/.exec(predictUrl) ?? [];
  const lines = [
    `MODELWRIGHT_URL=${quoteForShell(installation)}`,
    ...(needsKey ? ['MODELWRIGHT_KEY="$API_KEY"'] : []),
    `modelwright predict ${quoteForShell(endpoint)}`,
    `--row ${quoteForShell(JSON.stringify(row))}`,
    '--output json',
  ];
  return lines.join(' \\\n  ');
}

/** Python literals differ from JSON in three words only. */
function pythonLiteral(value: CellValue | undefined): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}

function pythonSnippet({ predictUrl, row, needsKey }: PredictSnippetInput): string {
  const cells = Object.entries(row).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${pythonLiteral(value)},`,
  );
  return [
    'import json',
    ...(needsKey ? ['import os'] : []),
    'import urllib.request',
    '',
    'row = {',
    ...cells,
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

function typescriptSnippet({ predictUrl, row, needsKey }: PredictSnippetInput): string {
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

/** A call of an endpoint with one row: the one place where this code is written, for API and console. */
export function predictSnippets(input: PredictSnippetInput): SnippetText[] {
  return [
    { language: 'curl', label: 'curl', code: predictCurl(input) },
    { language: 'python', label: 'Python', code: pythonSnippet(input) },
    { language: 'typescript', label: 'TypeScript', code: typescriptSnippet(input) },
    { language: 'curl', label: 'CLI', code: cliSnippet(input) },
    { language: 'curl', label: 'MLflow', code: mlflowSnippet(input) },
    { language: 'curl', label: 'Open Inference', code: inferenceSnippet(input) },
  ];
}
