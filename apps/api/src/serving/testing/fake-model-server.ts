import type { FakeProgram } from '@modelwright/container-runtime';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';

interface Reply {
  status: number;
  body: unknown;
}

export interface FakeModel {
  ready: boolean;
  /** Answers `POST /predict`; the default says "yes" to every row. */
  answer: (rows: unknown[]) => Reply | Promise<Reply>;
  /** Answers `POST /explain`. */
  explain: (rows: unknown[]) => Reply;
  /** Whether requests are taken and never answered. */
  hangs: boolean;
  /** Whether it says that a prediction does not come to its end. */
  stuck: boolean;
  /** Ends the container with a code when called. */
  die: (exitCode: number) => void;
}

export function fakeModel(): FakeModel {
  return {
    ready: true,
    hangs: false,
    stuck: false,
    explain: (rows) => ({ status: 200, body: explanationOf(rows) }),
    answer: (rows) => ({
      status: 200,
      body: {
        predictions: rows.map((_, index) => ({
          index,
          prediction: 'yes',
          probabilities: { no: 0.2, yes: 0.8 },
        })),
      },
    }),
    die: () => undefined,
  };
}

const SCAN_MS = 20;
const SOCKETS = '/run/modelwright';

/**
 * A program for `FakeContainerRuntime` that does what `runtime.serving` does: dials every socket and answers there.
 * @param choose the model that a folder of files stands for, where there are several
 */
export function serves(known: FakeModel, choose?: (modelFolder: string) => FakeModel): FakeProgram {
  return async (process) => {
    const modelFolder = process.spec.mounts.find((mount) => mount.containerPath === '/model')?.hostPath ?? '';
    const modelNow = (): FakeModel => choose?.(modelFolder) ?? known;
    let model = process.spec.env['MW_WAIT_FOR_MODEL'] === '1' ? undefined : modelNow();
    const folder = process.spec.mounts.find((mount) => mount.containerPath === SOCKETS)?.hostPath ?? '';
    const server = createServer((request, response) => {
      if (model === undefined && request.url === '/model') model = watched(modelNow());
      void respond(model, request, response);
    });
    const dialled = new Map<string, ReturnType<typeof connect>>();
    const ended = new AbortController();
    let exitCode = 143;
    const watched = (one: FakeModel): FakeModel => {
      one.die = (code) => {
        exitCode = code;
        ended.abort();
      };
      return one;
    };
    if (model) watched(model);
    const scan = setInterval(() => {
      // The folder goes with the test's home while containers in memory still run.
      if (!existsSync(folder)) return;
      for (const name of readdirSync(folder)) dial(join(folder, name));
    }, SCAN_MS).unref();
    const dial = (path: string): void => {
      if (dialled.has(path)) return;
      const socket = connect(path, () => server.emit('connection', socket));
      dialled.set(path, socket);
      socket.once('close', () => dialled.delete(path));
      socket.on('error', () => socket.destroy());
    };
    process.log('Serving.');
    const signal = AbortSignal.any([process.stopped, ended.signal]);
    if (!signal.aborted) await once(signal, 'abort');
    clearInterval(scan);
    for (const socket of dialled.values()) socket.destroy();
    return exitCode;
  };
}

async function respond(
  model: FakeModel | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const reply = (status: number, body: unknown) => {
    const text = JSON.stringify(body);
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  };
  if (!model) return reply(503, { status: 'loading', step: 'wait for a model' });
  if (model.hangs) return;
  if (request.url === '/model') return reply(200, { status: 'assigned' });
  if (request.url === '/health/ready' && model.stuck)
    return reply(503, { status: 'stuck', step: 'a prediction that has been running for 31 s' });
  if (request.url === '/health/ready')
    return reply(model.ready ? 200 : 503, {
      status: model.ready ? 'ready' : 'loading',
      step: 'loading the model',
    });
  const { rows } = JSON.parse(Buffer.concat(chunks).toString()) as { rows: unknown[] };
  const { status, body } = request.url === '/explain' ? model.explain(rows) : await model.answer(rows);
  reply(status, body);
}

function explanationOf(rows: unknown[]) {
  const output = { label: 'yes', space: 'probability', link: 'identity', unit: 'probability of yes' };
  return {
    method: { name: 'permutation_shap', label: 'Permutation SHAP', source: 'a paper' },
    notes: [],
    modelMs: 1,
    explanations: rows.map((_, index) => ({
      index,
      prediction: 'yes',
      probabilities: { no: 0.2, yes: 0.8 },
      output,
      base: 0.5,
      sum: 0.8,
      predicted: 0.8,
      error: 0,
      contributions: [{ column: 'tenure', value: 1, contribution: 0.3 }],
    })),
  };
}
