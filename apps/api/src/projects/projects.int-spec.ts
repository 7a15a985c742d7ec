import { randomUUID } from 'node:crypto';
import { createTestApp, type TestApp, type TestPerson } from '../testing/index.js';
import { FactsRegistry } from '../platform/facts/facts-registry.js';

describe('projects', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp();
  });
  afterAll(() => test.close());

  const create = (person: TestPerson, name: string, headers = {}) =>
    test.request('POST', '/api/projects', { headers: { ...person.headers, ...headers }, body: { name } });

  it('are made by anybody signed in, who becomes the owner', async () => {
    const person = await test.people.signIn();
    const made = await create(person, '  Churn ');
    expect(made).toMatchObject({ status: 201, body: { name: 'Churn', role: 'owner', memberCount: 1 } });
    const listed = await test.request('GET', '/api/projects', { headers: person.headers });
    expect(listed.body).toMatchObject({ items: [{ id: made.body.id }], nextCursor: null });
  });

  it('are listed page by page without gap or repeat', async () => {
    const person = await test.people.signIn();
    for (let index = 0; index < 7; index++) await create(person, `Project ${index}`);
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = await test.request('GET', `/api/projects?limit=3${query}`, { headers: person.headers });
      names.push(...page.body.items.map((project: { name: string }) => project.name));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(names).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `Project ${index}`));
  });

  it.each(['bogus', Buffer.from('["x"]').toString('base64url'), Buffer.from('[1,2]').toString('base64url')])(
    'refuse the foreign cursor %s with a problem',
    async (cursor) => {
      const person = await test.people.signIn();
      const answer = await test.request('GET', `/api/projects?cursor=${cursor}`, { headers: person.headers });
      expect(answer.status).toBe(400);
    },
  );

  it('are made once however often the same key is sent (F24)', async () => {
    const person = await test.people.signIn();
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 30 }, () => create(person, 'Once', key)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
    const again = await create(person, 'Once', key);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(answers.find(({ status }) => status === 201)?.body).toEqual(again.body);
    const listed = await test.request('GET', '/api/projects', { headers: person.headers });
    expect(listed.body.items).toHaveLength(1);
    expect(await create(person, 'Other', key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency-mismatch' },
    });
  });

  it('are made once although the first answer was lost in a crash (F24)', async () => {
    const person = await test.people.signIn();
    const key = { 'idempotency-key': randomUUID() };
    const first = await create(person, 'Survivor', key);
    // As a process leaves it that dies after the effect and before the answer is stored, half a minute later.
    await test.dataSource.query(
      `UPDATE idempotency_key SET status = NULL, body = NULL, headers = NULL, claimed_until = now() - interval '1 s'
       WHERE key = $1`,
      [key['idempotency-key']],
    );
    const again = await create(person, 'Survivor', key);
    expect(again).toMatchObject({ status: 201, body: { id: first.body.id } });
    const listed = await test.request('GET', '/api/projects', { headers: person.headers });
    expect(listed.body.items).toHaveLength(1);
  });

  it('do not remember a request that failed', async () => {
    const person = await test.people.signIn();
    const key = { 'idempotency-key': randomUUID() };
    expect((await create(person, '', key)).status).toBe(400);
    expect((await create(person, 'Fine', key)).status).toBe(201);
  });

  it('can be archived and taken back', async () => {
    const { projectId, owner } = await test.people.cast();
    const patch = (archived: boolean) =>
      test.request('PATCH', `/api/projects/${projectId}`, { headers: owner.headers, body: { archived } });
    expect((await patch(true)).body.archivedAt).not.toBeNull();
    const list = async (archived: boolean) =>
      (await test.request('GET', `/api/projects?archived=${archived}`, { headers: owner.headers })).body.items
        .length;
    expect([await list(false), await list(true)]).toEqual([0, 1]);
    expect((await patch(false)).body.archivedAt).toBeNull();
  });

  it('are deleted only by their exact name, at once for everybody, and with everything in them', async () => {
    const { projectId, owner, viewer } = await test.people.cast();
    const removed: string[] = [];
    const done = Promise.withResolvers<void>();
    const registry = test.app.get(FactsRegistry);
    const note = (name: string) => (id: string) => {
      if (id === projectId) removed.push(name);
      if (name === 'lower') done.resolve();
      return Promise.resolve();
    };
    registry.registerDeletion({ rank: 10, deleteProject: note('lower') });
    registry.registerDeletion({ rank: 40, deleteProject: note('upper') });
    const remove = (confirm: string) =>
      test.request('DELETE', `/api/projects/${projectId}?confirm=${encodeURIComponent(confirm)}`, {
        headers: owner.headers,
      });
    expect(await remove('test project')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '#/confirm' }] },
    });
    expect((await remove('Test project')).status).toBe(204);
    const seen = await test.request('GET', `/api/projects/${projectId}`, { headers: viewer.headers });
    expect(seen.status).toBe(404);
    await done.promise;
    expect(removed).toEqual(['upper', 'lower']);
  });

  describe('members', () => {
    const path = (projectId: string, userId = '') =>
      `/api/projects/${projectId}/members${userId && `/${userId}`}`;

    it('come in by e-mail, change role and go', async () => {
      const { projectId, owner, stranger } = await test.people.cast();
      const added = await test.request('POST', path(projectId), {
        headers: owner.headers,
        body: { email: stranger.email.toUpperCase(), role: 'viewer' },
      });
      expect(added).toMatchObject({ status: 201, body: { userId: stranger.userId, role: 'viewer' } });
      const changed = await test.request('PATCH', path(projectId, stranger.userId), {
        headers: owner.headers,
        body: { role: 'editor' },
      });
      expect(changed.body.role).toBe('editor');
      const gone = await test.request('DELETE', path(projectId, stranger.userId), { headers: owner.headers });
      expect(gone.status).toBe(204);
      expect((await test.request('GET', path(projectId), { headers: stranger.headers })).status).toBe(404);
    });

    it('never leave a project without an owner, even when two owners leave at once', async () => {
      const [first, second] = [await test.people.signIn(), await test.people.signIn()];
      const projectId = await test.people.createProject([
        { person: first, role: 'owner' },
        { person: second, role: 'owner' },
      ]);
      const answers = await Promise.all([
        test.request('DELETE', path(projectId, first.userId), { headers: second.headers }),
        test.request('DELETE', path(projectId, second.userId), { headers: first.headers }),
      ]);
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses[0]).toBe(204);
      expect([404, 409]).toContain(statuses[1]);
      const left = await test.dataSource.query(
        `SELECT 1 FROM project_member WHERE project_id = $1 AND role = 'owner'`,
        [projectId],
      );
      expect(left).toHaveLength(1);
    });

    it('are managed by owners only', async () => {
      const { projectId, editor, viewer, stranger } = await test.people.cast();
      const statuses = [];
      for (const person of [editor, viewer, stranger])
        statuses.push(
          (await test.request('DELETE', path(projectId, viewer.userId), { headers: person.headers })).status,
        );
      expect(statuses).toEqual([403, 403, 404]);
    });
  });

  it('show an overview that begins with data', async () => {
    const { projectId, viewer } = await test.people.cast();
    const answer = await test.request('GET', `/api/projects/${projectId}/overview`, {
      headers: viewer.headers,
    });
    expect(answer.body.nextStep.action).toBe('upload-data');
    expect(answer.body.phases.map((phase: { state: string }) => phase.state)).toEqual([
      'available',
      'not-started',
      'not-started',
      'not-started',
      'not-started',
    ]);
  });
});
