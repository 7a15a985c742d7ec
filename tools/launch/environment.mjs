/** The environment of the API, put together from the folder of data and what the person set. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from './home.mjs';
import { nodeBinary, toolEnvironment } from './node24.mjs';
import { apiCli, repositoryRoot } from './paths.mjs';
import { run } from './processes.mjs';

/** Reads `.env` of the repository, if there is one; what is set already wins. */
export function loadDotEnv(root = repositoryRoot) {
  const path = join(root, '.env');
  if (existsSync(path)) process.loadEnvFile(path);
}

/** Where people reach the product. @param {NodeJS.ProcessEnv} [env] */
export function publicUrl(env = process.env) {
  return (env.PUBLIC_URL || `http://localhost:${env.PORT || 4000}`).replace(/\/+$/, '');
}

/** Address at which this machine reaches the API. @param {NodeJS.ProcessEnv} [env] */
export function localUrl(env = process.env) {
  const host = env.HOST || '127.0.0.1';
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${reachable}:${env.PORT || 4000}`;
}

/**
 * @param {{ home: { root: string }, secrets: { jwtSecret: string, installationId: string }, databaseUrl: string,
 *   engineAddress?: string | null, env?: NodeJS.ProcessEnv }} options what the person set in `env` wins
 * @returns {NodeJS.ProcessEnv}
 */
export function apiEnvironment({ home, secrets, databaseUrl, engineAddress = null, env = process.env }) {
  const port = env.PORT || '4000';
  const origins = new Set([
    new URL(publicUrl(env)).origin,
    `http://localhost:${port}`,
    `http://127.0.0.1:${port}`,
  ]);
  const defaults = {
    NODE_ENV: 'production',
    PORT: port,
    HOST: '127.0.0.1',
    PUBLIC_URL: publicUrl(env),
    ALLOWED_ORIGINS: [...origins].join(','),
    JWT_SECRET: secrets.jwtSecret,
    INSTALLATION_ID: secrets.installationId,
    DATABASE_AUTO_MIGRATE: 'true',
    EXECUTION_AUTO_BUILD_IMAGE: 'true',
    // Here the API ends only when the whole installation does.
    DEPLOYMENTS_STOP_ON_SHUTDOWN: 'true',
    ...(engineAddress ? { DOCKER_HOST: engineAddress } : {}),
  };
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const { PATH } = toolEnvironment(env);
  return { ...defaults, ...given, PATH, MODELWRIGHT_HOME: home.root, DATABASE_URL: databaseUrl };
}

/** Address of the running installation's database: the one that was set, else the embedded one. */
export function knownDatabaseUrl(home, env = process.env) {
  return env.DATABASE_URL || readJson(join(home.run, 'database.json'))?.url || null;
}

/**
 * Makes a one-time sign-in link.
 * @param {NodeJS.ProcessEnv} environment of the API
 * @param {{ ifNeeded?: boolean, cli?: string }} [options] `ifNeeded`: only while nobody has a password
 * @returns {Promise<string | null>} null when there is none to show
 */
export async function signInLink(environment, { ifNeeded = false, cli = apiCli } = {}) {
  if (!existsSync(cli)) return null;
  const args = [cli, 'sign-in-link', ...(ifNeeded ? ['--if-needed'] : [])];
  const { code, output } = await run(nodeBinary(), args, { env: { ...environment, LOG_LEVEL: 'error' } });
  if (code !== 0) throw new Error(output.trim().split('\n').slice(-3).join('\n') || `exit code ${code}`);
  return /https?:\/\/\S+/.exec(output)?.[0] ?? null;
}
