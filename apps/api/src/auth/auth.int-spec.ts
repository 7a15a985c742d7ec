import { randomUUID } from 'node:crypto';
import { createTestApp, type TestApp, type TestResponse } from '../testing/index.js';
import { OneTimeLinks } from './one-time-links.js';

const PASSWORD = 'a quiet river bends twice';

describe('signing in', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp();
  });
  afterAll(() => test.close());

  const cookieOf = (answer: TestResponse): string => {
    const header = answer.headers['set-cookie'];
    const lines = Array.isArray(header) ? (header as string[]) : [String(header)];
    const line = lines.find((text) => text.startsWith('modelwright-session'));
    return line?.split(';', 1)[0] ?? '';
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const withCookie = (cookie: string) => ({ cookie, host: new URL(test.config.http.publicUrl).host });

  async function startLinkToken(): Promise<string> {
    const { url } = await test.app.get(OneTimeLinks).create('start', null);
    return new URL(url).searchParams.get('token') ?? '';
  }
  const redeem = (token: string) => test.request('POST', '/api/auth/redeem-link', { body: { token } });
  const signIn = (email: string, password: string, headers = {}) =>
    test.request('POST', '/api/auth/sign-in', { body: { email, password }, headers });
  const refresh = (cookie: string) =>
    test.request('POST', '/api/auth/refresh', { headers: withCookie(cookie) });
  const me = (token: string) => test.request('GET', '/api/auth/me', { headers: bearer(token) });

  async function invitedWithPassword(): Promise<{ email: string; token: string; cookie: string }> {
    const admin = await test.people.signIn({ isAdmin: true });
    const email = `guest-${randomUUID()}@example.test`;
    const invitation = await test.request('POST', '/api/users', { headers: admin.headers, body: { email } });
    const token = new URL(invitation.body.inviteUrl).searchParams.get('token') ?? '';
    const session = await redeem(token);
    const changed = await test.request('PUT', '/api/auth/password', {
      headers: bearer(session.body.accessToken),
      body: { newPassword: PASSWORD },
    });
    return { email, token: changed.body.accessToken, cookie: cookieOf(changed) };
  }

  it('makes the first administrator with the start link, once', async () => {
    const token = await startLinkToken();
    const first = await redeem(token);
    expect(first).toMatchObject({
      status: 200,
      body: { user: { isAdmin: true, hasPassword: false, email: null } },
    });
    expect((await me(first.body.accessToken)).status).toBe(200);
    expect(await redeem(token)).toMatchObject({ status: 401, body: { code: 'link-invalid' } });
  });

  it('signs the same administrator in with a second start link', async () => {
    const first = await redeem(await startLinkToken());
    const second = await redeem(await startLinkToken());
    expect(second.body.user.id).toBe(first.body.user.id);
  });

  it('lets one of twenty simultaneous uses of a link in (T45)', async () => {
    const token = await startLinkToken();
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('walks from invitation to password to sign-in', async () => {
    const { email } = await invitedWithPassword();
    const answer = await signIn(email.toUpperCase(), PASSWORD);
    expect(answer).toMatchObject({
      status: 200,
      body: { user: { email, hasPassword: true, isAdmin: false } },
    });
    const setCookie = String(answer.headers['set-cookie']);
    expect(setCookie).toMatch(/HttpOnly/);
    expect(setCookie).toMatch(/SameSite=Strict/);
  });

  it('answers alike for a wrong password and for nobody (T44)', async () => {
    const { email } = await invitedWithPassword();
    const [wrong, nobody] = await Promise.all([
      signIn(email, 'not the password'),
      signIn('nobody@example.test', 'not the password'),
    ]);
    const shape = ({ status, body }: TestResponse) => ({ ...body, status, requestId: '' });
    expect(shape(wrong)).toEqual(shape(nobody));
    expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid-credentials' } });
  });

  it('stops guessing at one account without locking its owner out of a known browser (T43)', async () => {
    const { email } = await invitedWithPassword();
    const known = await signIn(email, PASSWORD);
    const device = (known.headers['set-cookie'] as string[])
      .find((line) => line.includes('device'))
      ?.split(';', 1)[0];
    const guesses = [];
    for (let index = 0; index < 12; index++) guesses.push(await signIn(email, `guess ${index}`));
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(10);
    expect(guesses.at(-1)?.headers['retry-after']).toBeDefined();
    expect((await signIn(email, PASSWORD)).status).toBe(429);
    const owner = await signIn(email, PASSWORD, withCookie(device ?? ''));
    expect(owner.status).toBe(200);
  });

  it('counts wrong passwords of an address and forgets right ones, up to a hundred (T43)', async () => {
    const { email } = await invitedWithPassword();
    const hits = async () => {
      const rows = await test.dataSource.query<{ hits: number }[]>(
        `SELECT hits FROM rate_limit WHERE bucket LIKE 'guess:address:%'`,
      );
      return rows[0]?.hits ?? 0;
    };
    const before = await hits();
    expect((await signIn(email, PASSWORD)).status).toBe(200);
    expect(await hits()).toBe(before);
    expect((await signIn(email, 'not the password')).status).toBe(401);
    expect((await signIn('', '')).status).toBe(400);
    expect(await hits()).toBe(before + 1);
    await test.dataSource.query(`UPDATE rate_limit SET hits = 100 WHERE bucket LIKE 'guess:address:%'`);
    const refused = await signIn(email, PASSWORD);
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await test.dataSource.query(`DELETE FROM rate_limit WHERE bucket LIKE 'guess:address:%'`);
  });

  it('stops a stolen session from guessing the current password (T43)', async () => {
    const { token } = await invitedWithPassword();
    const change = (currentPassword: string) =>
      test.request('PUT', '/api/auth/password', {
        headers: bearer(token),
        body: { newPassword: 'another long sentence', currentPassword },
      });
    const answers = [];
    for (let index = 0; index < 11; index++) answers.push((await change(`guess ${index}`)).status);
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 400), 429]);
    expect((await change(PASSWORD)).status).toBe(429);
  });

  it('rotates the refresh token and keeps parallel tabs alive (T42)', async () => {
    const { cookie } = await invitedWithPassword();
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(cookie)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(new Set(answers.map(cookieOf)).size).toBe(50);
    expect((await refresh(cookieOf(answers[7] as TestResponse))).status).toBe(200);
  });

  it('ends the whole session when a spent refresh token comes back late (T42)', async () => {
    const { cookie } = await invitedWithPassword();
    const renewed = await refresh(cookie);
    await test.dataSource.query(
      `UPDATE refresh_token SET rotated_at = rotated_at - interval '11 seconds' WHERE rotated_at IS NOT NULL`,
    );
    expect(await refresh(cookie)).toMatchObject({ status: 401, body: { code: 'session-expired' } });
    expect((await refresh(cookieOf(renewed))).status).toBe(401);
    expect((await me(renewed.body.accessToken)).status).toBe(401);
  });

  it('ends every token with sign-out-everywhere (T47, I13)', async () => {
    const { email, token, cookie } = await invitedWithPassword();
    const other = await signIn(email, PASSWORD);
    expect((await me(other.body.accessToken)).status).toBe(200);
    await test.request('POST', '/api/auth/sign-out-everywhere', { headers: bearer(token) });
    await untilStatus(() => me(token), 401);
    await untilStatus(() => me(other.body.accessToken), 401);
    expect((await refresh(cookie)).status).toBe(401);
    expect((await refresh(cookieOf(other))).status).toBe(401);
  });

  it('asks for the current password before it sets another one', async () => {
    const { token } = await invitedWithPassword();
    const change = (body: object) =>
      test.request('PUT', '/api/auth/password', { headers: bearer(token), body });
    expect(await change({ newPassword: 'another long sentence' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '#/currentPassword' }] },
    });
    expect((await change({ newPassword: 'another long sentence', currentPassword: PASSWORD })).status).toBe(
      200,
    );
  });

  it.each([['password1234'], ['aaaaaaaaaaaaaaa'], ['modelwright123!']])(
    'refuses the weak password %s',
    async (newPassword) => {
      const { token } = await invitedWithPassword();
      const answer = await test.request('PUT', '/api/auth/password', {
        headers: bearer(token),
        body: { newPassword, currentPassword: PASSWORD },
      });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/newPassword' }] } });
    },
  );

  it('refuses cookies that come with a foreign page or for another host (T46)', async () => {
    const { cookie } = await invitedWithPassword();
    const host = new URL(test.config.http.publicUrl).host;
    const foreign: Record<string, string>[] = [
      { cookie, host, origin: 'https://evil.example' },
      { cookie, host, origin: 'null' },
      { cookie, host, 'sec-fetch-site': 'cross-site' },
      { cookie, host, 'sec-fetch-site': 'same-site' },
      { cookie, host: 'rebound.evil.example' },
    ];
    for (const headers of foreign) {
      const answer = await test.request('POST', '/api/auth/refresh', { headers });
      expect(answer).toMatchObject({ status: 403, body: { code: 'origin-refused' } });
    }
    const own = { cookie, host, origin: test.config.http.publicUrl, 'sec-fetch-site': 'same-origin' };
    expect((await test.request('POST', '/api/auth/refresh', { headers: own })).status).toBe(200);
  });

  it('answers a browser without a session that there is none, and no error', async () => {
    const answer = await test.request('POST', '/api/auth/refresh', {
      headers: { origin: test.config.http.publicUrl, 'sec-fetch-site': 'same-origin' },
    });
    expect(answer).toMatchObject({ status: 204, text: '' });
  });

  it('keeps the installation administered', async () => {
    const answer = await redeem(await startLinkToken());
    const headers = bearer(answer.body.accessToken);
    const { id } = answer.body.user;
    await test.dataSource.query('UPDATE app_user SET is_admin = false WHERE id <> $1', [id]);
    expect(
      await test.request('PATCH', `/api/users/${id}`, { headers, body: { isAdmin: false } }),
    ).toMatchObject({
      status: 409,
      body: { code: 'last-admin' },
    });
  });

  it('shuts an account with all that it holds', async () => {
    const admin = await test.people.signIn({ isAdmin: true });
    const { email, token, cookie } = await invitedWithPassword();
    const { body } = await me(token);
    await test.request('PATCH', `/api/users/${body.id}`, {
      headers: admin.headers,
      body: { disabled: true },
    });
    await untilStatus(() => me(token), 401);
    expect((await refresh(cookie)).status).toBe(401);
    expect((await signIn(email, PASSWORD)).status).toBe(401);
  });

  describe('personal access tokens', () => {
    const create = async (scopes: string[]) => {
      const person = await test.people.signIn();
      const made = await test.request('POST', '/api/auth/tokens', {
        headers: person.headers,
        body: { name: 'probe', scopes },
      });
      return { person, made, token: String(made.body.token) };
    };

    it('are shown once, recognisable, and open what their scope says', async () => {
      const { person, made, token } = await create(['read']);
      expect(made.status).toBe(201);
      expect(token).toMatch(/^mwp_[0-9A-Za-z]{22}_[0-9A-Za-z]{6}$/);
      const listed = await test.request('GET', '/api/auth/tokens', { headers: person.headers });
      expect(listed.text).not.toContain(token);
      expect((await me(token)).status).toBe(200);
      expect(
        (await test.request('POST', '/api/projects', { headers: bearer(token), body: { name: 'x' } })).status,
      ).toBe(403);
    });

    it('cannot make tokens, change passwords or administer', async () => {
      const { token } = await create(['manage']);
      const answers = await Promise.all([
        test.request('POST', '/api/auth/tokens', {
          headers: bearer(token),
          body: { name: 'n', scopes: ['read'] },
        }),
        test.request('PUT', '/api/auth/password', {
          headers: bearer(token),
          body: { newPassword: PASSWORD },
        }),
        test.request('GET', '/api/users', { headers: bearer(token) }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    });

    it('end at once when they are revoked, and only by their owner', async () => {
      const { person, made, token } = await create(['read']);
      const other = await test.people.signIn();
      const path = `/api/auth/tokens/${made.body.id}`;
      expect((await test.request('DELETE', path, { headers: other.headers })).status).toBe(404);
      expect((await me(token)).status).toBe(200);
      expect((await test.request('DELETE', path, { headers: person.headers })).status).toBe(204);
      await untilStatus(() => me(token), 401);
    });
  });

  async function untilStatus(ask: () => Promise<TestResponse>, status: number): Promise<void> {
    const deadline = Date.now() + 5_000;
    for (;;) {
      const answer = await ask();
      if (answer.status === status) return;
      if (Date.now() > deadline) throw new Error(`still ${answer.status} after 5 s`);
    }
  }
});
