import { TestBed } from '@angular/core/testing';
import { jest } from '@jest/globals';
import { provideApiClient } from './api-client';
import { Session } from './session';

const user = {
  id: '01a1fc4c-d336-728a-876b-481eb45b8d72',
  email: 'ana@example.org',
  displayName: 'Ana',
  isAdmin: true,
  hasPassword: true,
  disabled: false,
  createdAt: '2026-01-01T00:00:00Z',
  lastSeenAt: null,
};
const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

describe('Session', () => {
  const sent: Request[] = [];
  let answers: Record<string, () => Response>;
  let session: Session;

  beforeEach(() => {
    sent.length = 0;
    answers = {};
    jest.spyOn(globalThis, 'fetch').mockImplementation((input) => {
      const request = input instanceof Request ? input : new Request(input);
      sent.push(request);
      const path = new URL(request.url).pathname;
      return Promise.resolve().then(() => answers[path]?.() ?? json({ title: 'There is nothing here' }, 404));
    });
    TestBed.configureTestingModule({ providers: [provideApiClient()] });
    session = TestBed.inject(Session);
  });

  const granted =
    (accessToken: string): (() => Response) =>
    () =>
      json({ accessToken, expiresAt: '2030-01-01T00:00:00Z', user });

  it('comes back from the cookie after a reload', async () => {
    answers['/api/auth/refresh'] = granted('t1');
    expect(await session.restore()).toBe(true);
    expect(session.user()?.displayName).toBe('Ana');
  });

  it('is nobody when the cookie is gone', async () => {
    answers['/api/auth/refresh'] = () => json({ title: 'The session has ended' }, 401);
    expect(await session.restore()).toBe(false);
    expect(session.signedIn()).toBe(false);
  });

  it('is nobody, without an error, in a browser that has no session', async () => {
    answers['/api/auth/refresh'] = () => new Response(null, { status: 204 });
    expect(await session.restore()).toBe(false);
    expect(session.signedIn()).toBe(false);
    expect(session.problem()).toBeUndefined();
  });

  it('tells a silent server from a session that has ended', async () => {
    answers['/api/auth/refresh'] = () => {
      throw new TypeError('Failed to fetch');
    };
    expect(await session.restore()).toBe(false);
    expect(session.problem()?.code).toBe('unreachable');
    expect(session.expired()).toBe(false);
  });

  it('asks for one refresh when many need it at once', async () => {
    answers['/api/auth/refresh'] = granted('t1');
    await Promise.all([session.refresh(), session.refresh(), session.restore()]);
    expect(sent).toHaveLength(1);
  });

  it('renews an expired token once and sends the request again, body included', async () => {
    answers['/api/auth/refresh'] = granted('fresh');
    let calls = 0;
    answers['/api/projects'] = () => (++calls === 1 ? json({}, 401) : json({ ok: true }));
    const request = new Request('http://localhost/api/projects', {
      method: 'POST',
      body: '{"name":"Churn"}',
    });
    const response = await session.fetch(request);
    expect(response.status).toBe(200);
    const last = sent.at(-1);
    expect(last?.headers.get('authorization')).toBe('Bearer fresh');
    expect(await last?.text()).toBe('{"name":"Churn"}');
  });

  it('reads once more when a call was broken off, and only reads', async () => {
    const broken = (): Response => {
      throw new TypeError('Failed to fetch');
    };
    let reads = 0;
    answers['/api/projects'] = () => (reads++ === 0 ? broken() : json({ items: [] }));
    const read = await session.fetch(new Request('http://localhost/api/projects'));
    expect(await read.json()).toEqual({ items: [] });
    answers['/api/projects'] = broken;
    const write = session.fetch(new Request('http://localhost/api/projects', { method: 'POST', body: '{}' }));
    await expect(write).rejects.toThrow('Failed to fetch');
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  it('does not read again what nobody waits for any more', async () => {
    const nobody = new AbortController();
    answers['/api/projects'] = () => {
      nobody.abort();
      throw new DOMException('The user left', 'AbortError');
    };
    const read = session.fetch(new Request('http://localhost/api/projects', { signal: nobody.signal }));
    await expect(read).rejects.toThrow('The user left');
    expect(sent).toHaveLength(1);
  });

  it('ends, and says so, when the token cannot be renewed', async () => {
    answers['/api/auth/refresh'] = granted('t1');
    await session.restore();
    answers['/api/auth/refresh'] = () => json({}, 401);
    answers['/api/projects'] = () => json({}, 401);
    const response = await session.fetch(new Request('http://localhost/api/projects'));
    expect(response.status).toBe(401);
    expect(session.signedIn()).toBe(false);
    expect(session.expired()).toBe(true);
  });

  it('does not try to renew when the password was wrong', async () => {
    answers['/api/auth/sign-in'] = () =>
      json({ title: 'E-mail or password is wrong', code: 'invalid-credentials' }, 401);
    await expect(session.signIn('ana@example.org', 'wrong')).rejects.toMatchObject({
      code: 'invalid-credentials',
    });
    expect(sent.map((request) => new URL(request.url).pathname)).toEqual(['/api/auth/sign-in']);
  });
});
