import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { answerOf } from '../answers.js';
import { usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import type { Session } from '../session/session.js';
import { leaf, type CommonOptions } from './leaf.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

interface ApiOptions extends CommonOptions {
  readonly data?: string;
}

/** Every operation of the API, signed in: for what has no command of its own. */
export function registerApi(program: Command, session: Session): void {
  leaf(program, 'api <method> <path>', 'Call any operation of the API and print its answer as JSON', [
    'api GET /api/projects',
    'api PATCH /api/deployments/ID --data \'{"maskedColumns": ["email"]}\'',
    'api POST /api/deployments/ID/feedback --data @outcomes.json',
  ])
    .option('-d, --data <json>', 'the body: JSON, or @FILE with JSON')
    .action((method: string, path: string, options: ApiOptions) => callApi(session, method, path, options));
}

async function callApi(session: Session, verb: string, path: string, options: ApiOptions): Promise<void> {
  const method = verb.toUpperCase() as Method;
  if (!METHODS.includes(method)) throw usageError(`"${verb}" is no method`, `use ${METHODS.join(', ')}`);
  if (!path.startsWith('/api/'))
    throw usageError(`"${path}" is no path of the API`, 'begin with /api/, as Swagger UI shows it');
  const body = options.data === undefined ? undefined : await documentOf(options.data);
  const client = await session.client();
  const answer = await answerOf<unknown>(
    client.request({
      method,
      url: path,
      parseAs: 'auto',
      ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
    }),
  );
  const print = new Printer(session.io, options);
  // A file goes out byte by byte, for `> FILE`.
  if (answer instanceof Blob) session.io.stdout.write(Buffer.from(await answer.arrayBuffer()));
  else if (typeof answer === 'string') print.line(answer);
  else if (answer !== undefined && answer !== null && !isEmpty(answer)) print.json(answer);
}

/** The client gives an empty object for an answer without a body. */
const isEmpty = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && !Array.isArray(answer) && Object.keys(answer).length === 0;

async function documentOf(data: string): Promise<unknown> {
  const text = data.startsWith('@') ? await read(data.slice(1)) : data;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageError(
      `The body is no JSON: ${(error as Error).message}`,
      'quote it for your shell, or use @FILE',
    );
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw usageError(`${path} cannot be read: ${(error as Error).message}`, 'give the path of a JSON file');
  }
}
