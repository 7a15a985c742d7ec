import { Controller, Get, Module, Post, Body } from '@nestjs/common';
import { z } from 'zod';
import { createTestApp, type TestApp } from '../testing/index.js';
import { CurrentScope } from './authorization/request-context.js';
import type { ProjectScope } from './authorization/project-scope.js';

const Thing = z.object({ name: z.string().min(2), size: z.object({ rows: z.number().int() }) });

@Controller('projects/:projectId/probe')
class ProbeController {
  @Get()
  listRuns(@CurrentScope() scope: ProjectScope): { projectId: string; role: string } {
    return { projectId: scope.projectId, role: scope.role };
  }
  @Post()
  createRun(@Body({ schema: Thing }) body: z.infer<typeof Thing>): unknown {
    return body;
  }
  @Get('unlisted')
  somethingWithoutRule(): string {
    return 'secret';
  }
  @Get('broken')
  listModels(): never {
    throw new Error('select * from secret_table at /srv/private');
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('the platform around every handler', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp({ rooms: [ProbeModule] });
  });
  afterAll(() => test.close());

  it('lets a member in and tells the handler the role', async () => {
    const { projectId, viewer } = await test.people.cast();
    const answer = await test.request('GET', `/api/projects/${projectId}/probe`, { headers: viewer.headers });
    expect(answer.body).toEqual({ projectId, role: 'viewer' });
  });

  it('answers a stranger exactly as if the project did not exist (T10)', async () => {
    const { projectId, stranger } = await test.people.cast();
    const absent = '0190a000-0000-7000-8000-000000000000';
    const answers = await Promise.all(
      [projectId, absent, 'not-an-id'].map((id) =>
        test.request('GET', `/api/projects/${id}/probe`, { headers: stranger.headers }),
      ),
    );
    const shapes = answers.map(({ status, body }) => ({ status, ...body, instance: '', requestId: '' }));
    expect(shapes[0]).toMatchObject({ status: 404, code: 'project-not-found' });
    expect(shapes[1]).toEqual(shapes[0]);
    expect(shapes[2]).toEqual(shapes[0]);
  });

  it('tells a member whose role lacks the permission so', async () => {
    const { projectId, viewer } = await test.people.cast();
    const answer = await test.request('POST', `/api/projects/${projectId}/probe`, {
      headers: viewer.headers,
      body: { name: 'ab', size: { rows: 1 } },
    });
    expect(answer).toMatchObject({ status: 403, body: { code: 'permission-denied' } });
  });

  it('asks an anonymous caller to sign in', async () => {
    const { projectId } = await test.people.cast();
    const answer = await test.request('GET', `/api/projects/${projectId}/probe`);
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('keeps an operation without a rule closed, even for the owner', async () => {
    const { projectId, owner } = await test.people.cast();
    const answer = await test.request('GET', `/api/projects/${projectId}/probe/unlisted`, {
      headers: owner.headers,
    });
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain('secret');
  });

  it('points at every wrong field of a body', async () => {
    const { projectId, editor } = await test.people.cast();
    const answer = await test.request('POST', `/api/projects/${projectId}/probe`, {
      headers: editor.headers,
      body: { name: 'a', size: { rows: 'many' } },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
      '#/name',
      '#/size/rows',
    ]);
  });

  it('says nothing about the inside when something breaks', async () => {
    const { projectId, owner } = await test.people.cast();
    const answer = await test.request('GET', `/api/projects/${projectId}/probe/broken`, {
      headers: owner.headers,
    });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal-error' } });
    expect(answer.text).not.toMatch(/secret_table|srv|at /);
    expect(answer.body.requestId).toBe(answer.headers['x-request-id']);
  });

  it.each([
    ['malformed JSON', { 'content-type': 'application/json' }, '{"a":', 400],
    ['another content type', { 'content-type': 'text/plain' }, 'x', 415],
    ['a form that poses as fields', { 'content-type': 'application/x-www-form-urlencoded' }, 'name=ab', 415],
    ['a prototype key', { 'content-type': 'application/json' }, '{"__proto__":{"a":1}}', 400],
    ['a deeply nested body', { 'content-type': 'application/json' }, '['.repeat(200) + ']'.repeat(200), 400],
    [
      'a body over the limit',
      { 'content-type': 'application/json' },
      JSON.stringify('x'.repeat(2_000_000)),
      413,
    ],
  ])('refuses %s with a problem', async (_, headers, payload, status) => {
    const { projectId, editor } = await test.people.cast();
    const response = await test.app.inject({
      method: 'POST',
      url: `/api/projects/${projectId}/probe`,
      headers: { ...editor.headers, ...headers },
      payload,
    });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toContain('application/problem+json');
  });

  it('answers an unknown address with a problem', async () => {
    const answer = await test.request('GET', '/api/nothing/here?token=abc');
    expect(answer).toMatchObject({ status: 404, body: { code: 'not-found', instance: '/api/nothing/here' } });
  });
});
