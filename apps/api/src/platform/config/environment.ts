import { z } from 'zod';
import { parseNetwork } from '../outbound/networks.js';
import { addressOf } from '../text/mail-address.js';

const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0', ''])
    .transform((text) => (text === '' ? fallback : text === 'true' || text === '1'))
    .default(fallback);
const count = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
const text = z.string().trim().min(1).optional();
/** Origins as browsers send them, without a slash at the end. A wildcard passes here, so that E5 can name it. */
const origins = z
  .string()
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => originOf(part) ?? part),
  )
  .refine(
    (parts) => parts.every((part) => part.includes('*') || originOf(part) === part),
    'has to be a list of origins such as https://models.example, separated by commas',
  )
  .optional();

function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  return plain ? url.origin : undefined;
}

/** Every variable the API reads, with its unit in the name. Defaults suit a laptop; secrets have none. */
export const Environment = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: count(4000, 0, 65_535),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  ALLOWED_ORIGINS: origins,
  TRUST_PROXY: count(0, 0, 10),
  CONSOLE_DIR: text,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),

  MODELWRIGHT_HOME: text,
  INSTALLATION_ID: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/)
    .optional(),
  MODELWRIGHT_CRASHPOINT: text,

  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_AUTO_MIGRATE: flag(false),
  DATABASE_POOL_SIZE: count(10, 2, 200),
  DATABASE_STATEMENT_TIMEOUT_MS: count(30_000, 100, 3_600_000),
  DATABASE_LOCK_TIMEOUT_MS: count(5_000, 100, 3_600_000),

  JWT_SECRET: z.string().min(1).optional(),
  ADMIN_TOKEN: z.string().min(24, 'must have at least 24 characters').optional(),
  METRICS_TOKEN: z
    .string()
    .regex(
      /^[A-Za-z0-9._~+/=-]{24,4096}$/,
      'must have at least 24 characters, letters, digits and ._~+/=- only: it is sent in a header',
    )
    .optional(),
  METRICS_PUBLIC: flag(false),

  STORAGE_DATASETS_DIR: text,
  STORAGE_DOCUMENTS_DIR: text,
  STORAGE_MODELS_DIR: text,
  STORAGE_OUTPUTS_DIR: text,
  STORAGE_DEPLOYMENTS_DIR: text,
  DATASET_UPLOAD_MAX_MB: count(1024, 1, 1_048_576),

  DOCKER_ENABLED: flag(true),
  DOCKER_HOST: z
    .string()
    .regex(
      /^unix:\/\/\//,
      'has to be the address of a local socket, unix:///path; sandboxes share sockets with the API',
    )
    .optional(),
  DOCKER_IMAGE: z.string().min(1).default('automl-python-runtime:3.11'),
  EXECUTION_NETWORK: z.string().min(1).default('automl-sandbox'),
  EXECUTION_AUTO_BUILD_IMAGE: flag(false),
  EXECUTION_TIMEOUT_MS: count(3_600_000, 1_000, 604_800_000),
  EXECUTION_MAX_MEMORY_MB: count(4096, 128, 1_048_576),
  EXECUTION_MAX_CPU_PERCENT: count(200, 10, 25_600),
  EXECUTION_TMPFS_MB: count(512, 16, 65_536),
  EXECUTION_WORKSPACE_DIR: text,

  TRAINING_MAX_RUNS_PER_PROJECT: count(2, 1, 1_000),
  TRAINING_MAX_BATCH_RUNS: count(1, 1, 1_000),
  TRAINING_MAX_QUEUED_PER_PROJECT: count(50, 1, 10_000),

  DEPLOYMENTS_MAX_ACTIVE_PER_PROJECT: count(5, 1, 1_000),
  DEPLOYMENTS_WARM_CONTAINERS: count(1, 0, 20),
  DEPLOYMENTS_STOP_ON_SHUTDOWN: flag(false),
  MODEL_SESSIONS_MAX: count(3, 1, 100),
  MODEL_SESSION_IDLE_SECONDS: count(300, 30, 86_400),
  BATCH_CHUNK_ROWS: count(20_000, 10, 200_000),
  RATE_LIMIT_EXECUTE_PER_MINUTE: z.coerce.number().int().min(1).optional(),
  RATE_LIMIT_EXECUTE_PER_DAY: z.coerce.number().int().min(1).optional(),

  SMTP_HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'has to be a host name or an address')
    .optional(),
  SMTP_PORT: count(587, 1, 65_535),
  SMTP_USER: text,
  SMTP_PASSWORD: z.string().min(1).optional(),
  SMTP_FROM: z
    .string()
    .regex(/^[^\r\n]{3,320}$/, 'has to be one line')
    .refine((from) => addressOf(from) !== undefined, 'has to be an address such as models@example.com')
    .optional(),
  SMTP_TLS: z.enum(['auto', 'required', 'off']).default('auto'),
  WEBHOOK_ALLOWED_NETWORKS: z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((part) => part !== ''))
    .refine(
      (parts) => parts.every((part) => parseNetwork(part) !== undefined),
      'has to be a list of networks such as 10.20.0.0/16 or addresses, separated by commas',
    )
    .optional(),
  SHUTDOWN_GRACE_SECONDS: count(25, 1, 600),
});
export type Environment = z.infer<typeof Environment>;

/** Variables that may also be given as `NAME_FILE`: the path of a file that holds the value. */
export const SECRET_VARIABLES = [
  'JWT_SECRET',
  'DATABASE_URL',
  'ADMIN_TOKEN',
  'METRICS_TOKEN',
  'SMTP_PASSWORD',
] as const;
