import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { v7 as uuid } from 'uuid';
import { newSecret, signedHeaders } from './signature.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'modelwright-snippets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first block of a language in docs/alerts.md that defines `verify`. */
function snippet(language: string): string {
  const document = readFileSync(new URL('../../../../docs/alerts.md', import.meta.url), 'utf8');
  const blocks = [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))];
  const found = blocks.map(([, code]) => code ?? '').find((code) => code.includes('verify'));
  if (found === undefined) throw new Error(`docs/alerts.md has no ${language} that verifies.`);
  return found;
}

interface Message {
  readonly secret: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Whether the snippet takes each of the messages, asked in one process. */
const LANGUAGES: readonly [string, (messages: readonly Message[]) => Promise<boolean[]>][] = [
  [
    'python',
    async (messages) => {
      const path = join(folder, 'verify.py');
      const ask = [
        'import json, sys',
        'answers = []',
        'for one in json.loads(sys.argv[1]):',
        '    try:',
        '        verify(one["secret"], one["headers"], one["body"].encode())',
        '        answers.append(True)',
        '    except ValueError:',
        '        answers.append(False)',
        'print(json.dumps(answers))',
      ];
      writeFileSync(path, `${snippet('python')}\n${ask.join('\n')}\n`);
      const { stdout } = await run('python3', [path, JSON.stringify(messages)]);
      return JSON.parse(stdout) as boolean[];
    },
  ],
  [
    'ts',
    async (messages) => {
      const path = join(folder, 'verify.mts');
      const ask = `console.log(JSON.stringify(JSON.parse(process.argv[2] ?? '').map((one: Parameters<typeof verify>) => {
        try { verify(...one); return true; } catch { return false; }
      })));`;
      writeFileSync(path, `${snippet('ts')}\n${ask}\n`);
      const { stdout } = await run(process.execPath, [
        '--disable-warning=ExperimentalWarning',
        path,
        JSON.stringify(messages.map(({ secret, headers, body }) => [secret, headers, body])),
      ]);
      return JSON.parse(stdout) as boolean[];
    },
  ],
];

describe('the verification that docs/alerts.md shows', () => {
  it.each(LANGUAGES)('in %s takes our messages and refuses every other', async (_, verify) => {
    const [current, previous] = [newSecret(), newSecret()];
    const body = JSON.stringify({ data: { name: 'Rún “1”' } });
    const headers = signedHeaders([current, previous], uuid(), new Date(), body);
    const good: Message = { secret: current, headers, body };
    const old = signedHeaders([current], uuid(), new Date(Date.now() - 600_000), body);
    expect(
      await verify([
        good,
        { ...good, secret: previous },
        { ...good, secret: newSecret() },
        { ...good, body: `${body} ` },
        { ...good, headers: { ...headers, 'webhook-id': uuid() } },
        { ...good, headers: old },
        { ...good, headers: { ...headers, 'webhook-signature': 'v1,AAAA v2,x' } },
      ]),
    ).toEqual([true, true, false, false, false, false, false]);
  });
});
