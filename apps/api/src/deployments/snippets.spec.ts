import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import {
  type ContractInput,
  type ModelContract,
  predictCurl,
  predictSnippets,
  requestSnippets,
} from '@modelwright/contracts';
import { inputTensors } from './protocols/inference-tensors.js';

const predictUrl = 'http://localhost:4000/api/deployments/churn/predict';

const input = (name: string, type: ContractInput['type']): ContractInput => ({
  name,
  type,
  nullable: true,
  required: true,
});
const inputs = [input('tenure', 'integer'), input('Contract', 'category'), input('senior', 'boolean')];

/** What a shell makes of the words after `curl`, one a line. */
function wordsOf(curl: string, environment: Record<string, string> = {}): string[] {
  const script = curl.replace(/^curl /, 'printf "%s\\n" ');
  return execFileSync('sh', ['-c', script], { env: environment }).toString().split('\n').slice(0, -1);
}

describe('snippets', () => {
  it('survive a shell with quotes, dollars and newlines in the values', () => {
    const row = { note: `it's "a" $HOME \`id\` \\ !`, other: 'x' };
    const words = wordsOf(predictCurl({ predictUrl, row, needsKey: true }), { API_KEY: 'mwk_1' });
    expect(words).toContain('Authorization: Bearer mwk_1');
    expect(JSON.parse(words.at(-1) ?? '')).toEqual({ rows: [row] });
  });

  it('write the key out only when it was just made', () => {
    const asked = { predictUrl, row: {}, inputs, needsKey: true };
    expect(wordsOf(predictCurl({ ...asked, key: 'mwk_new' }))).toContain('Authorization: Bearer mwk_new');
    for (const { code } of predictSnippets(asked)) expect(code).toContain('API_KEY');
  });

  it('ask for no key where the endpoint is public', () => {
    for (const { code } of predictSnippets({ predictUrl, row: {}, inputs, needsKey: false }))
      expect(code).not.toContain('API_KEY');
  });

  it('send the same row as MLflow and Open Inference clients do, to their addresses', () => {
    const row = { tenure: 12, Contract: null, senior: true };
    const snippets = predictSnippets({ predictUrl, row, inputs, needsKey: true });
    const sent = (label: string) => {
      const code = snippets.find((snippet) => snippet.label === label)?.code ?? '';
      const words = wordsOf(code, { API_KEY: 'mwk_1' });
      expect(words).toContain('Authorization: Bearer mwk_1');
      return { url: words.find((word) => word.startsWith('http')), body: JSON.parse(words.at(-1) ?? '') };
    };
    expect(sent('MLflow')).toEqual({
      url: 'http://localhost:4000/api/deployments/churn/invocations',
      body: { dataframe_split: { columns: ['tenure', 'Contract', 'senior'], data: [[12, null, true]] } },
    });
    expect(sent('Open Inference')).toEqual({
      url: 'http://localhost:4000/v2/models/churn/infer',
      body: {
        inputs: [
          { name: 'tenure', shape: [1, 1], datatype: 'INT64', data: [12] },
          { name: 'Contract', shape: [1, 1], datatype: 'BYTES', data: [null] },
          { name: 'senior', shape: [1, 1], datatype: 'BOOL', data: [true] },
        ],
      },
    });
  });

  it('name the types of the tensors that the metadata of the server names, a missing value or not', () => {
    const everyType = (['number', 'integer', 'boolean', 'category', 'text', 'datetime'] as const).map(
      (type) => input(type, type),
    );
    const contract: ModelContract = {
      schemaVersion: 1,
      task: 'regression',
      target: { name: 'price', type: 'number' },
      output: { kind: 'number' },
      inputs: everyType,
      example: {},
    };
    const told = inputTensors(contract).map(({ name, datatype }) => [name, datatype]);
    for (const value of [1, null, 'text']) {
      const row = Object.fromEntries(everyType.map(({ name }) => [name, value]));
      const { code } = predictSnippets({ predictUrl, row, inputs: everyType, needsKey: false }).at(-1) ?? {};
      const { inputs: sent } = JSON.parse(wordsOf(code ?? '').at(-1) ?? '');
      expect(
        sent.map(({ name, datatype }: ContractInput & { datatype: string }) => [name, datatype]),
      ).toEqual(told);
    }
  });

  it('call the command line with its address, its key and the row', () => {
    const row = { note: `it's "a" $HOME`, n: 1 };
    const code = (needsKey: boolean) =>
      predictSnippets({ predictUrl, row, inputs, needsKey }).find(({ label }) => label === 'CLI')?.code ?? '';
    const script = (needsKey: boolean) =>
      code(needsKey).replace(
        'modelwright',
        `sh -c 'printf "%s\\n" "$MODELWRIGHT_URL" "$MODELWRIGHT_KEY" "$@"' sh`,
      );
    const words = (needsKey: boolean) =>
      execFileSync('sh', ['-c', script(needsKey)], { env: { API_KEY: 'mwk_1', PATH: '/bin:/usr/bin' } })
        .toString()
        .split('\n')
        .slice(0, -1);
    const rest = ['predict', 'churn', '--row', JSON.stringify(row), '--output', 'json'];
    expect(words(true)).toEqual(['http://localhost:4000', 'mwk_1', ...rest]);
    expect(words(false)).toEqual(['http://localhost:4000', '', ...rest]);
  });

  it('write Python words for null, true and false', () => {
    const python = predictSnippets({
      predictUrl,
      row: { a: null, b: true, c: false, d: 1.5 },
      inputs,
      needsKey: false,
    })[1];
    expect(python?.code).toContain('"a": None,\n    "b": True,\n    "c": False,\n    "d": 1.5,');
  });
});

describe('snippets of a request', () => {
  const url = 'http://localhost:4000/api/projects/p/runs';

  it('survive a shell with quotes and dollars in the body', () => {
    const body = { name: `it's "a" $HOME \`id\`` };
    const [curl] = requestSnippets({ method: 'POST', url, body });
    const words = wordsOf(curl?.code ?? '', { MODELWRIGHT_TOKEN: 'mwp_1' });
    expect(words).toContain('Authorization: Bearer mwp_1');
    expect(JSON.parse(words.at(-1) ?? '')).toEqual(body);
  });

  it('never hold a token', () => {
    for (const { code } of requestSnippets({ method: 'GET', url }))
      expect(code).toContain('MODELWRIGHT_TOKEN');
  });
});
