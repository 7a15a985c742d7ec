/** The person's sign-in, in a file that only they can read. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { usageError } from '../cli-error.js';
import { errorCode } from '../error-code.js';

export interface Config {
  readonly url?: string;
  /** Personal access token. */
  readonly token?: string;
  /** Set when `login` made the token from a one-time link, so that `logout` can revoke it. */
  readonly tokenId?: string;
  readonly project?: { readonly id: string; readonly name: string };
}

type Env = Readonly<Record<string, string | undefined>>;

/** `$XDG_CONFIG_HOME/modelwright/config.json`, below `~/.config` by default. */
export function configPath(env: Env): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'modelwright', 'config.json');
}

export class ConfigStore {
  constructor(readonly path: string) {}

  /** @throws CliError when the file is not what this program writes */
  async read(): Promise<Config> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return {};
      throw usageError(`${this.path} cannot be read: ${String(error)}`, 'mend its permissions or remove it');
    }
    try {
      return parseConfig(JSON.parse(text));
    } catch (error) {
      throw usageError(`${this.path} is damaged: ${String(error)}`, 'remove it and sign in again');
    }
  }

  async write(config: Config): Promise<void> {
    const folder = dirname(this.path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = `${this.path}.${randomBytes(4).toString('hex')}`;
    await writeFile(temporary, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, this.path);
    await chmod(this.path, 0o600);
  }

  remove(): Promise<void> {
    return rm(this.path, { force: true });
  }
}

function parseConfig(value: unknown): Config {
  if (typeof value !== 'object' || value === null) throw new Error('it is not an object');
  const text = (name: string): string | undefined => {
    const field = (value as Record<string, unknown>)[name];
    return typeof field === 'string' ? field : undefined;
  };
  const { project } = value as { project?: unknown };
  return { url: text('url'), token: text('token'), tokenId: text('tokenId'), project: parseProject(project) };
}

function parseProject(value: unknown): Config['project'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name } = value as { id?: unknown; name?: unknown };
  return typeof id === 'string' && typeof name === 'string' ? { id, name } : undefined;
}
