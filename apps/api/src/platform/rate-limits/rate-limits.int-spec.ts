import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { createTestApp, createTestDatabase, type TestApp, type TestDatabase } from '../../testing/index.js';
import { CreatesWork } from '../system/creates-work.decorator.js';
import { Freeze } from '../system/freeze.js';

@Controller('projects/:projectId/runs')
class ProbeController {
  @Post()
  @HttpCode(202)
  @CreatesWork()
  createRun(): object {
    return {};
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

describe('limits on costly work (E11)', () => {
  let database: TestDatabase;
  let replicas: TestApp[];
  beforeAll(async () => {
    database = await createTestDatabase();
    const environment = {
      RATE_LIMIT_EXECUTE_PER_MINUTE: '7',
      RATE_LIMIT_EXECUTE_PER_DAY: '1000',
      TRUST_PROXY: '1',
    };
    replicas = [];
    for (let index = 0; index < 3; index++)
      replicas.push(await createTestApp({ rooms: [ProbeModule], database, environment }));
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.close();
    await database.drop();
  });

  const [at] = [(index: number): TestApp => replicas[index % replicas.length] as TestApp];

  it('let exactly the allowed number through on three replicas, whatever the header pretends (T49, T50)', async () => {
    const { projectId, editor } = await at(0).people.cast();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        at(index).request('POST', `/api/projects/${projectId}/runs`, {
          headers: { ...editor.headers, 'x-forwarded-for': `10.0.0.${index}, 192.0.2.7` },
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(7);
    const late = answers.find(({ status }) => status === 429);
    expect(Number(late?.headers['retry-after'])).toBeGreaterThan(0);
    expect(late?.headers['ratelimit']).toMatch(/^"minute";r=0;t=\d+$/);
    expect(late?.headers['ratelimit-policy']).toBe('"minute";q=7;w=60, "day";q=1000;w=86400');
    expect(late?.body).toMatchObject({ code: 'rate-limited', status: 429 });
    const other = await at(1).request('POST', `/api/projects/${projectId}/runs`, {
      headers: { ...editor.headers, 'x-forwarded-for': '192.0.2.8' },
    });
    expect(other.status).toBe(202);
  });

  it('refuse new work while frozen, on every replica, with the reason (E14)', async () => {
    const { projectId, editor } = await at(0).people.cast();
    await at(0).app.get(Freeze).set(true, 'Moving house.');
    const answer = await at(2).request('POST', `/api/projects/${projectId}/runs`, {
      headers: editor.headers,
    });
    expect(answer).toMatchObject({ status: 503, body: { code: 'installation-frozen' } });
    expect(answer.body.detail).toContain('Moving house.');
    await at(1).app.get(Freeze).set(false, '');
  });
});
