import { hostname } from 'node:os';
import {
  createPersonalAccessToken,
  getCurrentUser,
  redeemSignInLink,
  revokePersonalAccessToken,
} from '@modelwright/sdk';
import type { Command } from 'commander';
import { answerOf } from '../answers.js';
import { CliError, EXIT, usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import type { Config } from '../session/config-store.js';
import { askSecret } from '../session/prompt.js';
import { DEFAULT_URL, normalizeUrl, type Session } from '../session/session.js';
import { leaf, type CommonOptions } from './leaf.js';

interface LoginOptions extends CommonOptions {
  readonly url?: string;
  readonly token?: boolean;
  readonly days: string;
}

export function registerAuth(program: Command, session: Session): void {
  leaf(program, 'login [link]', 'Sign in with a personal access token or a one-time link', [
    'login                                  # asks for a token or a link, hidden',
    'login --url https://models.example.com --token < token.txt',
    'login "$(npm run --silent link)"       # on the machine of the installation',
  ])
    .option('--url <url>', 'address of the installation')
    .option('--token', 'expect a personal access token, from standard input or asked for')
    .option('--days <number>', 'how long the token made from a link is valid', '90')
    .action((link: string | undefined, options: LoginOptions) => login(session, link, options));

  leaf(program, 'logout', 'Forget the sign-in; a token made by login is revoked', ['logout']).action(
    (options: CommonOptions) => logout(session, options),
  );

  leaf(program, 'whoami', 'Show who is signed in, and where', ['whoami', 'whoami --json']).action(
    (options: CommonOptions) => whoami(session, options),
  );
}

async function login(session: Session, link: string | undefined, options: LoginOptions): Promise<void> {
  const print = new Printer(session.io, options);
  if (link?.startsWith('mwp_') || (link !== undefined && options.token))
    throw usageError(
      'A token on the command line can be read by others on this machine',
      'pipe it: modelwright login --token < token.txt, or run modelwright login and paste it; revoke this one',
    );
  const secret = link ?? (await askSecret(session.io, 'Personal access token or one-time link (hidden): '));
  const { url: stored } = await session.config.read();
  const known = options.url ?? session.io.env.MODELWRIGHT_URL ?? stored ?? DEFAULT_URL;
  const next = secret.startsWith('mwp_')
    ? await withToken(session, normalizeUrl(known), secret)
    : await withLink(session, secret, options);
  const user = await answerOf(getCurrentUser({ client: session.clientFor(next.url, next.token) }));
  await session.config.write(next);
  print.item({ url: next.url, user }, [
    ['Signed in', user.displayName],
    ['Installation', next.url],
    ['Kept in', session.config.path],
  ]);
}

type SignedIn = Config & { readonly url: string; readonly token: string };

async function withToken(session: Session, url: string, token: string): Promise<SignedIn> {
  const before = await session.config.read();
  return { url, token, project: before.url === url ? before.project : undefined };
}

/** A link is good for one sign-in: it is traded for a token that stays. */
async function withLink(session: Session, text: string, options: LoginOptions): Promise<SignedIn> {
  const link = URL.parse(text);
  const token = link?.searchParams.get('token');
  if (!link || !token)
    throw new CliError('That is neither a personal access token nor a one-time link', {
      exitCode: EXIT.usage,
      code: 'usage',
      advice: 'a token begins with mwp_; a link looks like http://host/welcome?token=…',
    });
  const url = normalizeUrl(options.url ?? link.origin);
  const { accessToken } = await answerOf(
    redeemSignInLink({ client: session.clientFor(url), body: { token } }),
  );
  const made = await answerOf(
    createPersonalAccessToken({
      client: session.clientFor(url, accessToken),
      body: {
        name: `Command line on ${hostname()}`.slice(0, 100),
        scopes: ['manage'],
        expiresInDays: Number(options.days),
      },
    }),
  );
  const before = await session.config.read();
  return {
    url,
    token: made.token,
    tokenId: made.id,
    project: before.url === url ? before.project : undefined,
  };
}

async function logout(session: Session, options: CommonOptions): Promise<void> {
  const print = new Printer(session.io, options);
  const { url, token, tokenId } = await session.config.read();
  if (!url || !token) {
    print.item({ signedOut: false }, [['Signed out', 'nobody was signed in']]);
    return;
  }
  if (tokenId) await revoke(session, { url, token, tokenId }, print);
  await session.config.remove();
  print.item({ signedOut: true, url }, [['Signed out', url]]);
}

/** An installation that is gone does not keep anybody signed in here. */
async function revoke(
  session: Session,
  { url, token, tokenId }: { url: string; token: string; tokenId: string },
  print: Printer,
): Promise<void> {
  try {
    await answerOf(revokePersonalAccessToken({ client: session.clientFor(url, token), path: { tokenId } }));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    print.note(`The token could not be revoked (${error.message}); it expires by itself.`);
  }
}

async function whoami(session: Session, options: CommonOptions): Promise<void> {
  const print = new Printer(session.io, options);
  const client = await session.client();
  const door = await session.door();
  const user = await answerOf(getCurrentUser({ client }));
  const { project } = await session.config.read();
  print.item({ url: door.url, signInFrom: door.source, user, project: project ?? null }, [
    ['Name', user.displayName],
    ['E-mail', user.email],
    ['Administrator', user.isAdmin],
    ['Installation', door.url],
    ['Sign-in from', door.source === 'environment' ? 'MODELWRIGHT_TOKEN' : session.config.path],
    ['Project', project?.name],
  ]);
}
