/** Who calls which installation, and in which project. */
import {
  createModelwrightClient,
  getProject,
  listProjects,
  type Client,
  type Project,
} from '@modelwright/sdk';
import { answerOf, collect } from '../answers.js';
import { CliError, EXIT, usageError } from '../cli-error.js';
import type { Io } from '../io.js';
import { resolve } from '../resolve.js';
import { configPath, ConfigStore, type Config } from './config-store.js';

export const DEFAULT_URL = 'http://localhost:4000';

export interface Door {
  readonly url: string;
  readonly token: string | undefined;
  /** Where the token comes from. */
  readonly source: 'environment' | 'file' | 'none';
}

export class Session {
  readonly config: ConfigStore;

  constructor(readonly io: Io) {
    this.config = new ConfigStore(configPath(io.env));
  }

  /** Address and token; the environment wins, and a stored token goes to no other address than its own. */
  async door(): Promise<Door> {
    const stored = await this.config.read();
    const url = normalizeUrl(this.io.env.MODELWRIGHT_URL || stored.url || DEFAULT_URL);
    const token = this.io.env.MODELWRIGHT_TOKEN;
    if (token) return { url, token, source: 'environment' };
    if (stored.token && stored.url === url) return { url, token: stored.token, source: 'file' };
    return { url, token: undefined, source: 'none' };
  }

  /** @throws CliError exit code 3 when nobody is signed in */
  async client(): Promise<Client> {
    const { url, token } = await this.door();
    if (token) return this.clientFor(url, token);
    throw new CliError(`You are not signed in at ${url}`, {
      exitCode: EXIT.unreachable,
      code: 'not-signed-in',
      advice: 'run modelwright login, or set MODELWRIGHT_URL and MODELWRIGHT_TOKEN',
    });
  }

  /** A client whose requests end with Ctrl-C. */
  clientFor(baseUrl: string, token?: string): Client {
    const { signal } = this.io;
    const request: typeof fetch = (input, init) => {
      const own = input instanceof Request ? input.signal : init?.signal;
      return fetch(input, { ...init, signal: own ? AbortSignal.any([own, signal]) : signal });
    };
    return createModelwrightClient({ baseUrl, token, fetch: request });
  }

  /**
   * The project a command works in: the option, MODELWRIGHT_PROJECT, the one chosen with `projects use`, or the only
   * one there is.
   * @throws CliError exit code 2 with the choices when none of these says it
   */
  async project(option?: string): Promise<{ id: string; name: string }> {
    const reference = option ?? this.io.env.MODELWRIGHT_PROJECT;
    if (reference) return this.findProject(reference);
    const chosen = await this.chosenProject();
    if (chosen) return chosen;
    const all = await this.projects();
    const [only, ...others] = all;
    if (only && others.length === 0) return only;
    if (!only) throw usageError('There is no project yet', 'modelwright projects create NAME');
    const names = all.slice(0, 10).map((project) => `- ${describeProject(project)}`);
    throw new CliError('Which project?', {
      exitCode: EXIT.usage,
      code: 'project-needed',
      detail: names.join('\n'),
      advice: 'add --project NAME, or choose one for good with modelwright projects use NAME',
    });
  }

  private async chosenProject(): Promise<Config['project']> {
    const [stored, door] = [await this.config.read(), await this.door()];
    return stored.url === door.url ? stored.project : undefined;
  }

  findProject(reference: string): Promise<Project> {
    return resolve(reference, {
      kind: 'project',
      byId: async (projectId) => answerOf(getProject({ client: await this.client(), path: { projectId } })),
      all: () => this.projects(),
      namesOf: (project) => [project.name],
      describe: describeProject,
    });
  }

  async projects(): Promise<Project[]> {
    const client = await this.client();
    return (await collect((query) => answerOf(listProjects({ client, query })))).items;
  }
}

const describeProject = ({ id, name, createdAt }: Project): string => `${id}  ${name}  (made ${createdAt})`;

/** An address without its last slash. @throws CliError when it is none */
export function normalizeUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw usageError(`"${text}" is not an address`, 'write it as in http://localhost:4000');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
