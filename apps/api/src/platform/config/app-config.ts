import { createHash, randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tmpdir } from 'node:os';
import type { ZodError } from 'zod';
import { armCrashpoint } from '../crashpoints/crashpoint.js';
import { Environment, SECRET_VARIABLES } from './environment.js';
import { weaknessOf } from './secrets.js';

/** All that is wrong with the configuration, one line per variable. Names variables, never values. */
export class ConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../..');
const DEV_ORIGINS = ['http://localhost:4200', 'http://127.0.0.1:4200'];

/** The settings of this process: read once, checked, frozen. The only reader of the environment. */
export class AppConfig {
  readonly environment!: Environment['NODE_ENV'];
  /** Folder that holds everything of this installation. */
  readonly home!: string;
  readonly installationId!: string;
  /** What a reader of the log should know about the configuration, without values. */
  readonly warnings!: readonly string[];
  readonly http!: {
    readonly host: string;
    readonly port: number;
    /** Where people reach the console; links are made from it, never from a request's Host header. */
    readonly publicUrl: string;
    readonly allowedOrigins: readonly string[];
    /** Number of proxies in front, counted from the right of `X-Forwarded-For` (E11). */
    readonly trustProxyHops: number;
    readonly consoleDir: string;
    readonly shutdownGraceSeconds: number;
  };
  readonly database!: {
    readonly url: string;
    readonly autoMigrate: boolean;
    readonly poolSize: number;
    readonly statementTimeoutMs: number;
    readonly lockTimeoutMs: number;
  };
  readonly auth!: { readonly jwtSecret: string; readonly adminToken: string | undefined };
  readonly storage!: {
    readonly datasetsDir: string;
    readonly documentsDir: string;
    readonly modelsDir: string;
    readonly outputsDir: string;
    readonly workspacesDir: string;
    readonly deploymentsDir: string;
    /** Pid files, `api.json`. */
    readonly runDir: string;
    /** Sockets that model servers dial: under `runDir`, unless that path is too long for a socket. */
    readonly socketsDir: string;
    readonly spoolDir: string;
    readonly cacheDir: string;
  };
  readonly execution!: {
    readonly dockerEnabled: boolean;
    /** The engine's socket. */
    readonly socketPath: string;
    readonly buildScript: {
      readonly path: string;
      /** What the script may know of the environment: everything but secrets. */
      readonly env: Readonly<Record<string, string>>;
    };
    readonly image: string;
    readonly network: string;
    readonly autoBuildImage: boolean;
    readonly timeoutMs: number;
    readonly maxMemoryMb: number;
    readonly maxCpuPercent: number;
    readonly tmpfsMb: number;
    readonly workspaceDir: string;
  };
  readonly datasets!: { readonly uploadMaxMb: number };
  readonly training!: {
    /** Runs of one project at the same time while others wait. */
    readonly maxRunsPerProject: number;
    /** Runs of class batch at the same time, in the whole installation. */
    readonly maxBatchRuns: number;
    /** Runs of one project that may wait. */
    readonly maxQueuedPerProject: number;
  };
  readonly deployments!: {
    readonly maxActivePerProject: number;
    /** Model servers of this replica that are started before a deployment needs them. */
    readonly warmContainers: number;
    /** Whether model servers stop with this process (the whole installation ends) or serve on (a rolling restart) (M9). */
    readonly stopOnShutdown: boolean;
  };
  /** Model servers for versions that are not deployed. */
  readonly batch!: {
    /** Rows of one piece of the output: what is done again when the process dies. */
    readonly chunkRows: number;
  };
  readonly modelSessions!: {
    /** In the whole installation. */
    readonly max: number;
    /** A session ends after so long without a request. */
    readonly idleSeconds: number;
  };
  readonly rateLimits!: {
    readonly executePerMinute: number | undefined;
    readonly executePerDay: number | undefined;
  };
  /** Who besides administrators may read `/metrics`. */
  readonly metrics!: {
    /** Bearer token of a scraper. */
    readonly token: string | undefined;
    readonly isPublic: boolean;
  };
  /** Where mail goes out (E12); null when there is no SMTP host, and mails stay in the outbox. */
  readonly mail!: {
    readonly host: string;
    readonly port: number;
    readonly user: string | undefined;
    readonly password: string | undefined;
    readonly from: string;
    readonly tls: Environment['SMTP_TLS'];
  } | null;
  readonly webhooks!: {
    /** Private networks that webhooks may call all the same, as CIDR. */
    readonly allowedNetworks: readonly string[];
  };
  readonly logging!: { readonly level: Environment['LOG_LEVEL']; readonly pretty: boolean };

  private constructor(values: Omit<AppConfig, 'isProduction'>) {
    Object.assign(this, values);
    deepFreeze(this);
  }

  get isProduction(): boolean {
    return this.environment === 'production';
  }

  /**
   * @param variables the environment; empty strings count as unset
   * @throws ConfigurationError that lists everything wrong at once
   */
  static load(variables: Variables = process.env): AppConfig {
    const faults: string[] = [];
    const given = withSecretFiles(withoutEmpty(variables), faults);
    const parsed = Environment.safeParse(given);
    if (!parsed.success) throw new ConfigurationError([...faults, ...faultsOf(parsed.error)]);
    const values = assemble(parsed.data, faults, withoutSecretVariables(given));
    prepareFolders(values, faults);
    prepareSockets(values, faults);
    checkProduction(parsed.data, values, faults);
    if (faults.length > 0) throw new ConfigurationError(faults);
    armCrashpoint(values.environment === 'test' ? parsed.data.MODELWRIGHT_CRASHPOINT : undefined);
    return new AppConfig(values);
  }

  /**
   * Only what a command needs that talks to the database and starts nothing.
   * @param url instead of DATABASE_URL
   */
  static loadDatabase(url?: string, variables: Variables = process.env): AppConfig['database'] {
    const faults: string[] = [];
    const given = withSecretFiles(withoutEmpty(variables), faults);
    const parsed = Environment.safeParse({ ...given, ...(url === undefined ? {} : { DATABASE_URL: url }) });
    if (!parsed.success) throw new ConfigurationError([...faults, ...faultsOf(parsed.error)]);
    const { database } = assemble(parsed.data, faults);
    if (database.url === '') faults.push('DATABASE_URL is missing; give it, or use --url');
    if (faults.length > 0) throw new ConfigurationError(faults);
    return database;
  }

  /** For tools that need the shape of the application but neither database nor folders (`openapi`). */
  static forDocuments(): AppConfig {
    const environment = Environment.parse({ NODE_ENV: 'test', DATABASE_URL: 'postgres://localhost/none' });
    return new AppConfig(assemble(environment, []));
  }
}

/** Messages of the schema name no values, except for addresses, which may hold a password. */
function faultsOf(error: ZodError): string[] {
  return error.issues.map((issue) => {
    const name = String(issue.path[0]);
    if (name === 'DATABASE_URL') return `${name} is not a postgres:// address`;
    // Words that name the field do so in the way of requests.
    const quoted = `\`${name}\` `;
    const said = issue.message.startsWith(quoted) ? issue.message.slice(quoted.length) : issue.message;
    return `${name} ${said}`;
  });
}

function assemble(
  env: Environment,
  faults: string[],
  scriptEnvironment: Record<string, string> = {},
): Omit<AppConfig, 'isProduction'> {
  const home = resolve(env.MODELWRIGHT_HOME ?? join(REPOSITORY, '.modelwright'));
  const data = (folder: string, given: string | undefined): string =>
    resolve(given ?? join(home, 'data', folder));
  const publicUrl = (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, '');
  const workspaceDir = data('workspaces', env.EXECUTION_WORKSPACE_DIR);
  const warnings: string[] = [];
  if (env.ALLOWED_ORIGINS?.some((origin) => origin.includes('*')))
    faults.push('ALLOWED_ORIGINS holds a wildcard; list the addresses one by one');
  const url = env.DATABASE_URL ?? (env.NODE_ENV === 'production' ? undefined : databaseUrlOf(home));
  if (url === undefined && env.NODE_ENV !== 'production')
    faults.push('DATABASE_URL is missing; `npm start` brings a database of its own, or name one here');
  if (env.JWT_SECRET === undefined && env.NODE_ENV !== 'production')
    warnings.push('JWT_SECRET is not set: sessions end when this process does.');
  return {
    environment: env.NODE_ENV,
    home,
    installationId: env.INSTALLATION_ID ?? createHash('sha256').update(home).digest('hex').slice(0, 16),
    warnings,
    http: {
      host: env.HOST,
      port: env.PORT,
      publicUrl,
      allowedOrigins: originsOf(env, publicUrl),
      trustProxyHops: env.TRUST_PROXY,
      consoleDir: resolve(env.CONSOLE_DIR ?? join(REPOSITORY, 'apps/console/dist/browser')),
      shutdownGraceSeconds: env.SHUTDOWN_GRACE_SECONDS,
    },
    database: {
      url: url ?? '',
      autoMigrate: env.NODE_ENV !== 'production' || env.DATABASE_AUTO_MIGRATE,
      poolSize: env.DATABASE_POOL_SIZE,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      lockTimeoutMs: env.DATABASE_LOCK_TIMEOUT_MS,
    },
    auth: { jwtSecret: env.JWT_SECRET ?? randomBytes(48).toString('base64url'), adminToken: env.ADMIN_TOKEN },
    storage: {
      datasetsDir: data('datasets', env.STORAGE_DATASETS_DIR),
      documentsDir: data('documents', env.STORAGE_DOCUMENTS_DIR),
      modelsDir: data('models', env.STORAGE_MODELS_DIR),
      outputsDir: data('outputs', env.STORAGE_OUTPUTS_DIR),
      workspacesDir: workspaceDir,
      deploymentsDir: data('deployments', env.STORAGE_DEPLOYMENTS_DIR),
      runDir: join(home, 'run'),
      socketsDir: socketsFolder(home),
      spoolDir: join(home, 'spool'),
      cacheDir: join(home, 'cache'),
    },
    execution: {
      dockerEnabled: env.DOCKER_ENABLED,
      socketPath: (env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').slice('unix://'.length),
      buildScript: { path: join(REPOSITORY, 'docker/runtime/build-runtime.sh'), env: scriptEnvironment },
      image: env.DOCKER_IMAGE,
      network: env.EXECUTION_NETWORK,
      autoBuildImage: env.EXECUTION_AUTO_BUILD_IMAGE,
      timeoutMs: env.EXECUTION_TIMEOUT_MS,
      maxMemoryMb: env.EXECUTION_MAX_MEMORY_MB,
      maxCpuPercent: env.EXECUTION_MAX_CPU_PERCENT,
      tmpfsMb: env.EXECUTION_TMPFS_MB,
      workspaceDir,
    },
    datasets: { uploadMaxMb: env.DATASET_UPLOAD_MAX_MB },
    training: {
      maxRunsPerProject: env.TRAINING_MAX_RUNS_PER_PROJECT,
      maxBatchRuns: env.TRAINING_MAX_BATCH_RUNS,
      maxQueuedPerProject: env.TRAINING_MAX_QUEUED_PER_PROJECT,
    },
    deployments: {
      maxActivePerProject: env.DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT,
      warmContainers: env.DEPLOYMENTS_WARM_CONTAINERS,
      stopOnShutdown: env.DEPLOYMENTS_STOP_ON_SHUTDOWN,
    },
    batch: { chunkRows: env.BATCH_CHUNK_ROWS },
    modelSessions: { max: env.MODEL_SESSIONS_MAX, idleSeconds: env.MODEL_SESSION_IDLE_SECONDS },
    rateLimits: {
      executePerMinute: env.RATE_LIMIT_EXECUTE_PER_MINUTE,
      executePerDay: env.RATE_LIMIT_EXECUTE_PER_DAY,
    },
    metrics: { token: env.METRICS_TOKEN, isPublic: env.METRICS_PUBLIC },
    mail: mailOf(env, publicUrl, faults, warnings),
    webhooks: { allowedNetworks: env.WEBHOOK_ALLOWED_NETWORKS ?? [] },
    logging: { level: env.LOG_LEVEL, pretty: env.NODE_ENV === 'development' },
  };
}

/** E5, E12: without a host mail is off, and the log says so; half of a setting is a fault. */
function mailOf(
  env: Environment,
  publicUrl: string,
  faults: string[],
  warnings: string[],
): Omit<AppConfig, 'isProduction'>['mail'] {
  if (env.SMTP_HOST === undefined) {
    if (env.NODE_ENV === 'production')
      warnings.push('SMTP_HOST is not set: mails are kept in the outbox and not sent.');
    return null;
  }
  if ((env.SMTP_USER === undefined) !== (env.SMTP_PASSWORD === undefined))
    faults.push('SMTP_USER and SMTP_PASSWORD have to be given together');
  if (env.SMTP_USER !== undefined && env.SMTP_TLS === 'off')
    faults.push('SMTP_TLS is off although SMTP_USER is set; a password is not sent unencrypted');
  return {
    host: env.SMTP_HOST,
    port: env.SMTP_PORT,
    user: env.SMTP_USER,
    password: env.SMTP_PASSWORD,
    from: env.SMTP_FROM ?? `modelwright@${mailDomainOf(publicUrl)}`,
    tls: env.SMTP_TLS,
  };
}

/** An address literal needs brackets in the domain of a mail address (RFC 5321, 4.1.3). */
function mailDomainOf(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  if (hostname.startsWith('[')) return `[IPv6:${hostname.slice(1, -1)}]`;
  return isIP(hostname) === 4 ? `[${hostname}]` : hostname;
}

/** A socket's path may have 107 bytes; this many are left for the folder that holds `<deployment>/<replica>.sock`. */
const MAX_SOCKETS_DIR_BYTES = 107 - '/0123456789abcdef/01234567.sock'.length;

function socketsFolder(home: string): string {
  const wanted = join(home, 'run', 's');
  if (Buffer.byteLength(wanted) <= MAX_SOCKETS_DIR_BYTES) return wanted;
  return join(tmpdir(), `modelwright-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`);
}

/** E5: what a production process does not start with. */
function checkProduction(env: Environment, values: Omit<AppConfig, 'isProduction'>, faults: string[]): void {
  if (env.NODE_ENV !== 'production') return;
  const weakness = env.JWT_SECRET === undefined ? 'is missing' : weaknessOf(env.JWT_SECRET);
  if (weakness) faults.push(`JWT_SECRET ${weakness}`);
  if (env.DATABASE_URL === undefined) faults.push('DATABASE_URL is missing');
  if ((env.ALLOWED_ORIGINS ?? []).length === 0)
    faults.push('ALLOWED_ORIGINS is empty; list the addresses people open the console at');
  for (const [name, folder] of storageFolders(values)) {
    const trouble = troubleWith(folder);
    if (trouble) faults.push(`${name} ${trouble}`);
  }
}

function prepareFolders(values: Omit<AppConfig, 'isProduction'>, faults: string[]): void {
  const { runDir, spoolDir, cacheDir } = values.storage;
  const folders = [runDir, spoolDir, cacheDir];
  // Folders that an operator named must exist in production (E5); the ones below our own home are made.
  const ours = join(values.home, 'data');
  for (const [, folder] of storageFolders(values))
    if (values.environment !== 'production' || dirname(folder) === ours) folders.push(folder);
  for (const folder of folders) {
    try {
      mkdirSync(folder, { recursive: true });
    } catch {
      faults.push(`MODELWRIGHT_HOME (or a STORAGE_… variable) names a folder that cannot be made: ${folder}`);
    }
  }
}

/** Sockets are open to the container's user, so their folder is closed to everybody else on the host. */
function prepareSockets({ storage }: Omit<AppConfig, 'isProduction'>, faults: string[]): void {
  try {
    mkdirSync(storage.socketsDir, { recursive: true, mode: 0o700 });
    chmodSync(storage.socketsDir, 0o700);
  } catch {
    faults.push(`The folder for sockets cannot be made or belongs to somebody else: ${storage.socketsDir}`);
  }
}

function storageFolders({ storage }: Omit<AppConfig, 'isProduction'>): [string, string][] {
  return [
    ['STORAGE_DATASETS_DIR', storage.datasetsDir],
    ['STORAGE_DOCUMENTS_DIR', storage.documentsDir],
    ['STORAGE_MODELS_DIR', storage.modelsDir],
    ['STORAGE_OUTPUTS_DIR', storage.outputsDir],
    ['EXECUTION_WORKSPACE_DIR', storage.workspacesDir],
    ['STORAGE_DEPLOYMENTS_DIR', storage.deploymentsDir],
  ];
}

function troubleWith(folder: string): string | undefined {
  try {
    if (!statSync(folder).isDirectory()) return 'names something that is not a folder';
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing ? 'names a folder that does not exist' : 'names a folder that is not writable';
  }
}

function originsOf(env: Environment, publicUrl: string): string[] {
  const own = new URL(publicUrl).origin;
  if (env.NODE_ENV === 'production') return [...new Set([...(env.ALLOWED_ORIGINS ?? []), own])];
  const local = [`http://localhost:${env.PORT}`, `http://127.0.0.1:${env.PORT}`, ...DEV_ORIGINS];
  return [...new Set([...(env.ALLOWED_ORIGINS ?? []), own, ...local])];
}

/** The address that the launcher left behind, so that the command line finds the running installation. */
function databaseUrlOf(home: string): string | undefined {
  try {
    const file: unknown = JSON.parse(readFileSync(join(home, 'run', 'database.json'), 'utf8'));
    const known = typeof file === 'object' && file !== null && 'url' in file && typeof file.url === 'string';
    return known ? (file as { url: string }).url : undefined;
  } catch {
    return undefined;
  }
}

function withoutSecretVariables(variables: Record<string, string>): Record<string, string> {
  const secret = /SECRET|TOKEN|PASSWORD|DATABASE_URL|API_KEY/i;
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !secret.test(name)));
}

function withoutEmpty(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
}

function withSecretFiles(variables: Record<string, string>, faults: string[]): Record<string, string> {
  const result = { ...variables };
  for (const name of SECRET_VARIABLES) {
    const file = variables[`${name}_FILE`];
    if (file === undefined) continue;
    if (variables[name] !== undefined) faults.push(`${name} and ${name}_FILE are both set; keep one`);
    try {
      result[name] = readFileSync(file, 'utf8').trim();
    } catch {
      faults.push(`${name}_FILE names a file that cannot be read`);
    }
  }
  return result;
}

function deepFreeze(value: object): void {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner as object);
  Object.freeze(value);
}
