import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestApp, type TestApp, type TestPerson } from '../../testing/index.js';
import { Problem } from '../problems/problem.js';
import { EventStreams, type StreamContext, type StreamEvent } from './sse.js';

let source: (context: StreamContext) => Promise<AsyncIterable<StreamEvent>>;

@Controller('projects/:projectId/probe')
class ProbeController {
  constructor(private readonly streams: EventStreams) {}
  @Get()
  async getProject(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.streams.stream(request, reply, (context) => source(context));
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('server-sent events', () => {
  let test: TestApp;
  let port: number;
  beforeAll(async () => {
    test = await createTestApp({ rooms: [ProbeModule], listen: 0 });
    ({ port } = test.app.getHttpServer().address() as AddressInfo);
  });
  afterAll(() => test.close());

  const open = (projectId: string, person: TestPerson, headers = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      get(
        { port, path: `/api/projects/${projectId}/probe`, headers: { ...person.headers, ...headers } },
        resolve,
      ).on('error', reject);
    });
  const textOf = async (response: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return text;
  };
  async function* counting(context: StreamContext, last = 3): AsyncGenerator<StreamEvent> {
    for (let id = Number(context.lastEventId ?? 0) + 1; id <= last; id++) {
      await Promise.resolve();
      yield { id, event: 'count', data: { line: `a\nb ${id}` } };
    }
  }
  async function* silent({ signal }: StreamContext): AsyncGenerator<StreamEvent> {
    yield { id: 1, data: 'hello' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }

  it('sends events with their ids and goes on after Last-Event-ID', async () => {
    source = (context) => Promise.resolve(counting(context));
    const { projectId, viewer } = await test.people.cast();
    const response = await open(projectId, viewer);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(await textOf(response)).toContain('id: 1\nevent: count\ndata: {"line":"a\\nb 1"}\n\n');
    const again = await textOf(await open(projectId, viewer, { 'last-event-id': '2' }));
    expect(again.match(/^id: \d+/gm)).toEqual(['id: 3']);
  });

  it('answers with a status when opening fails', async () => {
    source = () => Promise.reject(new Problem('run-not-found', 'gone'));
    const { projectId, viewer } = await test.people.cast();
    const response = await open(projectId, viewer);
    expect(response.statusCode).toBe(404);
    expect(JSON.parse(await textOf(response))).toMatchObject({ code: 'run-not-found' });
  });

  it('ends with a problem when the source breaks in the middle', async () => {
    source = () =>
      Promise.resolve(
        (async function* () {
          yield await Promise.resolve({ id: 1, data: 1 });
          throw new Error('select secret');
        })(),
      );
    const { projectId, viewer } = await test.people.cast();
    const text = await textOf(await open(projectId, viewer));
    expect(text).toContain('event: problem');
    expect(text).toContain('internal-error');
    expect(text).not.toContain('secret');
  });

  it('tells the source when the reader leaves', async () => {
    const left = Promise.withResolvers<void>();
    source = (context) => {
      context.signal.addEventListener('abort', () => left.resolve());
      return Promise.resolve(silent(context));
    };
    const { projectId, viewer } = await test.people.cast();
    const response = await open(projectId, viewer);
    await once(response, 'data');
    response.destroy();
    await left.promise;
  });

  it('ends within five seconds when the membership goes (T47)', async () => {
    source = (context) => Promise.resolve(silent(context));
    const { projectId, viewer } = await test.people.cast();
    const response = await open(projectId, viewer);
    await once(response, 'data');
    const rest = textOf(response);
    await test.people.removeMember(projectId, viewer);
    expect(await rest).toContain('session-expired');
  }, 5_000);

  it('asks for the next event only when the reader takes them', async () => {
    let made = 0;
    source = () =>
      Promise.resolve(
        (async function* () {
          for (;;) yield await Promise.resolve({ id: ++made, data: 'x'.repeat(64 * 1024) });
        })(),
      );
    const { projectId, viewer } = await test.people.cast();
    const response = await open(projectId, viewer);
    response.pause();
    const settled = async (): Promise<number> => {
      for (let before = -1; before !== made;) {
        before = made;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      return made;
    };
    expect(await settled()).toBeLessThan(1_000);
    response.destroy();
  });
});
