import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { completionsFor } from './commands/completion.js';
import type { Io } from './io.js';
import { buildProgram } from './program.js';
import { run } from './run.js';
import { ConfigStore } from './session/config-store.js';
import { Session } from './session/session.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let handler: Handler;
let url: string;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelwright-cli-'));
  handler = (_request, response) => response.writeHead(500).end();
  server = createServer((request, response) => {
    void text(request).then((body) => handler(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function modelwright(args: string[], more: Record<string, string> = {}, input = ''): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([text(stdout), text(stderr)]);
  const env = { XDG_CONFIG_HOME: folder, MODELWRIGHT_URL: url, MODELWRIGHT_TOKEN: 'mwp_test', ...more };
  const io: Io = { stdin: Readable.from([input]), stdout, stderr, env, signal: new AbortController().signal };
  const code = await run(args, io);
  stdout.end();
  stderr.end();
  const [out, err] = await said;
  return { code, stdout: out, stderr: err };
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const problem = (status: number, code: string, more: object = {}) => ({
  type: `/problems/${code}`,
  title: 'It was refused',
  status,
  detail: 'Because of this.',
  instance: '/api',
  code,
  requestId: 'request-1',
  ...more,
});

describe('the command line', () => {
  it('ends with 2 for what it does not know, and suggests what was meant', async () => {
    const { code, stderr, stdout } = await modelwright(['projects', 'lst']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Did you mean list?');
    expect((await modelwright(['runs', 'start'])).code).toBe(2);
    expect((await modelwright(['runs', 'list', '--limit', '0'])).code).toBe(2);
  });

  it('shows help with examples for every command', async () => {
    const program = buildProgram(new Session({ ...process, signal: new AbortController().signal }));
    for (const command of program.commands.flatMap((child) => [child, ...child.commands])) {
      if (command.commands.length > 0 || command.name().startsWith('__')) continue;
      const words =
        command.parent === program ? [command.name()] : [command.parent?.name() ?? '', command.name()];
      const { code, stdout } = await modelwright([...words, '--help']);
      expect([words, code]).toEqual([words, 0]);
      expect(stdout).toContain('Examples:');
      expect(stdout).toContain(`${words.join(' ')}`);
    }
  });

  it('prints one JSON document with --json and lists with all pages', async () => {
    handler = (request, response) => {
      const second = request.url?.includes('cursor=next');
      answer(response, 200, { items: [{ id: second ? '2' : '1' }], nextCursor: second ? null : 'next' });
    };
    const { code, stdout, stderr } = await modelwright(['projects', 'list', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({ items: [{ id: '1' }, { id: '2' }], more: false });
  });

  it('shows a problem with title, code, detail, fields, what to do and request id', async () => {
    const errors = [{ pointer: '#/name', detail: 'is taken', suggestion: 'churn 2' }];
    handler = (_request, response) => answer(response, 409, problem(409, 'name-taken', { errors }));
    const { code, stdout, stderr } = await modelwright(['projects', 'create', 'churn']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n')).toEqual([
      'error: It was refused (name-taken)',
      '  Because of this.',
      '  - #/name: is taken Did you mean: churn 2',
      expect.stringMatching(/^ {2}what to do: /),
      '  request id: request-1',
      '',
    ]);
    const asJson = await modelwright(['projects', 'create', 'churn', '--json']);
    expect(JSON.parse(asJson.stderr)).toMatchObject({
      error: { code: 'name-taken', requestId: 'request-1' },
    });
  });

  it('prints what any operation answers: an empty list, a file byte by byte, nothing for nothing', async () => {
    handler = (_request, response) => answer(response, 200, []);
    expect(await modelwright(['api', 'GET', '/api/things'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    handler = (_request, response) =>
      response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end('{"a":1}\n{"a":2}\n');
    expect((await modelwright(['api', 'GET', '/api/export'])).stdout).toBe('{"a":1}\n{"a":2}\n');
    handler = (_request, response) => response.writeHead(204).end();
    expect(await modelwright(['api', 'delete', '/api/things/1'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('passes the idempotency key on', async () => {
    let seen: unknown;
    handler = (request, response) => {
      seen = request.headers['idempotency-key'];
      answer(response, 201, { id: '1', name: 'churn' });
    };
    await modelwright(['projects', 'create', 'churn', '--idempotency-key', 'once']);
    expect(seen).toBe('once');
  });

  it('keeps a token that is piped in, for its owner alone', async () => {
    const person = { displayName: 'Ada', email: null, isAdmin: true };
    handler = (_request, response) => answer(response, 200, person);
    const { code } = await modelwright(['login', '--token'], { MODELWRIGHT_TOKEN: '' }, 'mwp_piped\n');
    expect(code).toBe(0);
    const path = join(folder, 'modelwright', 'config.json');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await new ConfigStore(path).read()).toMatchObject({ url, token: 'mwp_piped' });
    expect((await modelwright(['whoami'], { MODELWRIGHT_TOKEN: '' })).code).toBe(0);
    const elsewhere = await modelwright(['whoami'], {
      MODELWRIGHT_TOKEN: '',
      MODELWRIGHT_URL: 'http://127.0.0.1:9',
    });
    expect([elsewhere.code, elsewhere.stderr]).toEqual([3, expect.stringContaining('You are not signed in')]);
  });

  it('refuses to delete without a question or --yes', async () => {
    const project = { id: '01890000-0000-7000-8000-000000000001', name: 'churn' };
    handler = (_request, response) => answer(response, 200, project);
    const { code, stderr } = await modelwright(['projects', 'delete', project.id]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')]);
  });

  it('predicts with a public endpoint for somebody who has nothing', async () => {
    const seen: (string | undefined)[] = [];
    handler = (request, response) => {
      seen.push(request.url, request.headers.authorization);
      const predictions = [{ index: 0, prediction: 7 }];
      answer(response, 200, { predictions, request_id: '1', model_version: 1 });
    };
    const args = ['predict', 'churn', '--row', '{"n":1}', '--output', 'csv'];
    const { code, stdout } = await modelwright(args, { MODELWRIGHT_TOKEN: '' });
    expect([code, stdout]).toEqual([0, 'prediction\n7\n']);
    expect(seen).toEqual(['/api/deployments/churn/predict', undefined]);
  });

  it('predicts with a key alone in batches, waits as asked, and keeps the order', async () => {
    const calls: { authorization: string | undefined; rows: { n: number }[] }[] = [];
    handler = (request, response, body) => {
      const { rows } = JSON.parse(body) as { rows: { n: number }[] };
      calls.push({ authorization: request.headers.authorization, rows });
      if (calls.length === 2) {
        answer(response, 429, problem(429, 'rate-limited'), { 'Retry-After': '1' });
        return;
      }
      const predictions = rows.map(({ n }, index) => ({ index, prediction: n * 10 })).reverse();
      answer(response, 200, { predictions, request_id: String(calls.length), model_version: 1 });
    };
    const args = ['predict', 'churn', '-', '--batch', '2', '--with-input'];
    const env = { MODELWRIGHT_TOKEN: '', MODELWRIGHT_KEY: 'mwk_test' };
    const { code, stdout, stderr } = await modelwright(args, env, 'n\n1\n2\n3\n');
    expect([code, stdout]).toEqual([0, 'n,prediction\n1,10\n2,20\n3,30\n']);
    expect(stderr).toContain('going on in 1 s');
    expect(calls.map(({ rows }) => rows.length)).toEqual([2, 1, 1]);
    expect(calls[0]?.authorization).toBe('Bearer mwk_test');
  });

  it('completes commands, options and their values', () => {
    const program = buildProgram(new Session({ ...process, signal: new AbortController().signal }));
    expect(completionsFor(program, [])).toEqual(expect.arrayContaining(['runs', 'predict', '--help']));
    expect(completionsFor(program, ['runs'])).toEqual(expect.arrayContaining(['start', 'leaderboard']));
    expect(completionsFor(program, ['runs', 'start', '--preset'])).toEqual(['60s', '10m', '1h']);
    expect(completionsFor(program, ['runs', 'start', '--name'])).toEqual([]);
    expect(completionsFor(program, [])).not.toContain('__complete');
  });
});
