import { JwtService } from '@nestjs/jwt';
import { createHmac, randomUUID } from 'node:crypto';
import { AppConfig } from '../platform/config/app-config.js';
import { AccessTokens } from './access-tokens.js';

describe('access tokens (T41)', () => {
  const config = AppConfig.forDocuments();
  const tokens = new AccessTokens(new JwtService({}), config);
  const userId = randomUUID();
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = (extra: object = {}): object => ({
    sub: userId,
    epoch: 1,
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

  it('accepts what it signed', () => {
    expect(tokens.verify(tokens.sign(userId, 3).token)).toMatchObject({ userId, epoch: 3 });
  });

  it('accepts the hand-made control, so that the refusals below mean something', () => {
    expect(tokens.verify(forged({ alg: 'HS256', typ: 'JWT' }, claims()))).toMatchObject({ userId });
  });

  it.each([
    ['no algorithm', `${encode({ alg: 'none' })}.${encode(claims())}.`],
    ['another algorithm', forged({ alg: 'HS512', typ: 'JWT' }, claims(), undefined, 'sha512')],
    ['another key', forged({ alg: 'HS256', typ: 'JWT' }, claims(), 'another key')],
    ['an empty key', forged({ alg: 'HS256', typ: 'JWT' }, claims(), '')],
    ['another audience', forged({ alg: 'HS256' }, claims({ aud: 'modelwright:reset' }))],
    ['no audience', forged({ alg: 'HS256' }, claims({ aud: undefined }))],
    ['another issuer', forged({ alg: 'HS256' }, claims({ iss: 'elsewhere' }))],
    ['an end in the past', forged({ alg: 'HS256' }, claims({ exp: 1 }))],
    ['no end', forged({ alg: 'HS256' }, claims({ exp: undefined }))],
    [
      'a beginning in the future',
      forged({ alg: 'HS256' }, claims({ nbf: Math.floor(Date.now() / 1_000) + 300 })),
    ],
    ['no epoch', forged({ alg: 'HS256' }, claims({ epoch: undefined }))],
    ['an epoch that is text', forged({ alg: 'HS256' }, claims({ epoch: '1' }))],
    ['a subject that is no id', forged({ alg: 'HS256' }, claims({ sub: "' or 1=1" }))],
    ['a key address in the header', forged({ alg: 'RS256', jku: 'https://evil.example/keys' }, claims())],
    ['a cut signature', forged({ alg: 'HS256' }, claims()).slice(0, -4)],
    ['no text at all', ''],
  ])('refuses %s', (_, token) => {
    expect(tokens.verify(token)).toBeUndefined();
  });
});
