import { ContainerRuntime, FakeContainerRuntime } from '@modelwright/container-runtime';
import { createTestApp, type TestApp } from '../../testing/index.js';
import { memoryFinding } from './health.service.js';

describe('health (E9)', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp({
      environment: { DOCKER_ENABLED: 'true' },
      override: (builder) => builder.overrideProvider(ContainerRuntime).useValue(new FakeContainerRuntime()),
    });
  });
  afterAll(() => test.close());

  it('says of each check how it is, in a sentence, and how long it took', async () => {
    const answer = await test.request('GET', '/api/health');
    expect(answer.status).toBe(200);
    for (const name of ['database', 'docker', 'runtimeImage', 'memory'])
      expect(answer.body.checks[name]).toEqual({
        status: expect.stringMatching(/^(ok|degraded|error)$/),
        message: expect.stringMatching(/\.$/),
        latencyMs: expect.any(Number),
      });
  });

  it('is alive under both addresses', async () => {
    for (const path of ['/healthz', '/api/healthz', '/api/health/live', '/api/health/ready'])
      expect(await test.request('GET', path)).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('stays ready but degraded without containers', async () => {
    const without = await createTestApp();
    const health = await without.request('GET', '/api/health');
    const ready = await without.request('GET', '/api/health/ready');
    await without.close();
    expect(health).toMatchObject({
      status: 200,
      body: { status: 'degraded', checks: { docker: { status: 'degraded' } } },
    });
    expect(ready.status).toBe(200);
  });

  it('tells administrators and everybody signed in what the installation is', async () => {
    const person = await test.people.signIn();
    const info = await test.request('GET', '/api/system', { headers: person.headers });
    expect(info).toMatchObject({
      status: 200,
      body: { freeze: { frozen: false }, limits: { uploadMaxMb: 1024 } },
    });
    expect((await test.request('GET', '/api/system')).status).toBe(401);
  });

  it('answers 503 with Retry-After while the database is away, and comes back by itself (F10)', async () => {
    const own = await createTestApp();
    try {
      const { headers } = await own.people.signIn();
      const name = new URL(own.database.url).pathname.slice(1);
      await test.dataSource.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
      await test.dataSource.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
        [name],
      );
      const away = await own.request('GET', '/api/projects', { headers });
      expect(away).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
      expect(away.headers['retry-after']).toBeDefined();
      expect((await own.request('GET', '/api/health')).status).toBe(503);
      await test.dataSource.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
      const deadline = Date.now() + 5_000;
      let back = 503;
      while (back === 503 && Date.now() < deadline)
        back = (await own.request('GET', '/api/projects', { headers })).status;
      expect(back).toBe(200);
    } finally {
      await own.close();
    }
  }, 30_000);

  it('freezes and thaws new work, by administrators only, with the reason (E14)', async () => {
    const [admin, person] = [await test.people.signIn({ isAdmin: true }), await test.people.signIn()];
    const set = (headers: Readonly<Record<string, string>>, body: object) =>
      test.request('POST', '/api/system/freeze', { headers, body });
    expect((await set(person.headers, { frozen: true, reason: 'x' })).status).toBe(403);
    expect((await set(admin.headers, { frozen: true })).status).toBe(400);
    expect(await set(admin.headers, { frozen: true, reason: 'Moving house.' })).toMatchObject({
      body: { frozen: true },
    });
    expect(await set(admin.headers, { frozen: false })).toMatchObject({
      body: { frozen: false, since: null },
    });
  });
});

describe('memoryFinding', () => {
  const heap = { used: 10, limit: 100 };
  it.each([
    [10, 100, 'ok'],
    [90, 100, 'degraded'],
    [97, 100, 'error'],
    [97, 0, 'ok'],
    [97, 2 ** 60, 'ok'],
  ])('for %i of %i is %s', (rss, constrained, status) => {
    expect(memoryFinding(rss, heap, constrained).status).toBe(status);
  });
});
