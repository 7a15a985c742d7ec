import { JwtService } from '@nestjs/jwt';
import { createHmac, randomUUID } from 'node:crypto';
import { AppConfig } from '../platform/config/app-config.js';
import type { AccessMemory } from './access-memory.js';
import { AccessTokens } from './access-tokens.js';
import { JwtStrategy } from './jwt.strategy.js';
import type { User } from './users.repository.js';

const HEADER = { alg: 'HS256', typ: 'at+jwt' };

describe('access tokens (T41)', () => {
  const config = AppConfig.forDocuments();
  const tokens = new AccessTokens(new JwtService({}), config);
  const userId = randomUUID();
  const user = { id: userId, epoch: 3, isAdmin: true, disabledAt: null } as Partial<User> as User;
  const memoryOf = (found: User | undefined) =>
    ({ userOf: () => Promise.resolve(found) }) as Partial<AccessMemory> as AccessMemory;
  const strategy = new JwtStrategy(config, memoryOf(user));
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = (extra: object = {}): object => ({
    sub: userId,
    epoch: 3,
    aud: 'modelwright:access',
    iss: config.installationId,
    iat: Math.floor(Date.now() / 1_000),
    exp: Math.floor(Date.now() / 1_000) + 600,
    ...extra,
  });
  const forged = (
    header: object,
    payload: object,
    secret = config.auth.jwtSecret,
    hash = 'sha256',
  ): string => {
    const text = `${encode(header)}.${encode(payload)}`;
    return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
  };

  it('accepts what was signed', async () => {
    const { token, expiresAt } = tokens.sign(userId, 3);
    expect(await strategy.check(token)).toEqual({
      principal: { kind: 'user', userId, isAdmin: true },
      expiresAt,
    });
  });

  it('accepts the hand-made control, so that the refusals below mean something', async () => {
    expect(await strategy.check(forged(HEADER, claims()))).toMatchObject({ principal: { userId } });
  });

  it('accepts a token for the leeway that clocks are allowed', async () => {
    const exp = Math.floor(Date.now() / 1_000) - 5;
    expect(await strategy.check(forged(HEADER, claims({ exp })))).toBeDefined();
  });

  it('keeps installations in one process apart', async () => {
    const elsewhere = Object.create(config, {
      installationId: { value: 'elsewhere' },
      auth: { value: { jwtSecret: 'another key' } },
    }) as AppConfig;
    const other = new JwtStrategy(elsewhere, memoryOf(user));
    const foreign = forged(HEADER, claims({ iss: 'elsewhere' }), 'another key');
    expect(await other.check(foreign)).toBeDefined();
    expect(await strategy.check(foreign)).toBeUndefined();
    expect(await strategy.check(tokens.sign(userId, 3).token)).toBeDefined();
  });

  it.each([
    ['of an earlier epoch of its user', { ...user, epoch: 4 }],
    ['of a later epoch than its user has', { ...user, epoch: 2 }],
    ['whose user is shut out', { ...user, disabledAt: new Date() }],
    ['of nobody', undefined],
  ])('refuses a token %s', async (_, found) => {
    expect(
      await new JwtStrategy(config, memoryOf(found)).check(tokens.sign(userId, 3).token),
    ).toBeUndefined();
  });

  it('passes a failure of the database on instead of calling the token invalid', async () => {
    const memory = {
      userOf: () => Promise.reject(new Error('down')),
    } as Partial<AccessMemory> as AccessMemory;
    await expect(new JwtStrategy(config, memory).check(tokens.sign(userId, 3).token)).rejects.toThrow('down');
  });

  it.each([
    ['no algorithm', `${encode({ ...HEADER, alg: 'none' })}.${encode(claims())}.`],
    ['another algorithm', forged({ ...HEADER, alg: 'HS512' }, claims(), undefined, 'sha512')],
    ['another key', forged(HEADER, claims(), 'another key')],
    ['an empty key', forged(HEADER, claims(), '')],
    ['no type', forged({ alg: 'HS256' }, claims())],
    ['the type of another purpose', forged({ alg: 'HS256', typ: 'JWT' }, claims())],
    ['another audience', forged(HEADER, claims({ aud: 'modelwright:reset' }))],
    ['no audience', forged(HEADER, claims({ aud: undefined }))],
    ['another issuer', forged(HEADER, claims({ iss: 'elsewhere' }))],
    ['an end in the past', forged(HEADER, claims({ exp: 1 }))],
    ['an end before the leeway', forged(HEADER, claims({ exp: Math.floor(Date.now() / 1_000) - 61 }))],
    ['no end', forged(HEADER, claims({ exp: undefined }))],
    ['a beginning in the future', forged(HEADER, claims({ nbf: Math.floor(Date.now() / 1_000) + 300 }))],
    ['no epoch', forged(HEADER, claims({ epoch: undefined }))],
    ['an epoch that is text', forged(HEADER, claims({ epoch: '3' }))],
    ['a subject that is no id', forged(HEADER, claims({ sub: "' or 1=1" }))],
    [
      'a key address in the header',
      forged({ ...HEADER, alg: 'RS256', jku: 'https://evil.example/keys' }, claims()),
    ],
    ['a cut signature', forged(HEADER, claims()).slice(0, -4)],
    ['no text at all', ''],
  ])('refuses %s', async (_, token) => {
    expect(await strategy.check(token)).toBeUndefined();
  });
});
