/** The services under the API, with their progress: database and container engine. */
import { ensureDockerEngine } from './docker-engine.mjs';
import { startPostgres } from './postgres.mjs';
import { findExecutable } from './paths.mjs';
import { ensurePackages, hasCandidate, installHint } from './system.mjs';

/**
 * What building the runtime image needs where no container registry can be reached: debootstrap, and the engine's
 * command line, which Debian 13 packs apart from the engine.
 */
async function imageBuildPackages(system) {
  if (findExecutable('docker') || !system.isDebian) return ['debootstrap'];
  return ['debootstrap', (await hasCandidate('docker-cli')) ? 'docker-cli' : 'docker.io'];
}

/**
 * The database named by `DATABASE_URL`, else the embedded one.
 * @returns {Promise<{ url: string, embedded: boolean, stop: () => Promise<void> }>}
 */
export async function bringUpDatabase({ home, secrets, ui, notice, env = process.env, ...options }) {
  if (env.DATABASE_URL) {
    ui.say('Using the database that DATABASE_URL names; the embedded one is not started.');
    return { url: env.DATABASE_URL, embedded: false, stop: async () => undefined };
  }
  const step = ui.step('Starting the embedded PostgreSQL');
  try {
    const server = await startPostgres({ home, password: secrets.databasePassword, notice, ...options });
    step.done(
      `${server.adopted ? 'Found the running' : 'Started the'} embedded PostgreSQL on 127.0.0.1:${server.port}`,
    );
    return { url: server.url, embedded: true, port: server.port, server, stop: () => server.stop() };
  } catch (error) {
    step.fail();
    throw error;
  }
}

/** The container engine, and what building the runtime image needs. The product starts without either. */
export async function bringUpEngine({ home, ui, system, env = process.env }) {
  const engine = await ensureDockerEngine({ home, ui, system, env });
  if (!engine.available) {
    ui.warn(`No containers: ${engine.reason}.`);
    ui.say(`  ${engine.advice}`);
    ui.say('  The product starts without it; training and serving wait until there is one.');
    return engine;
  }
  const packages = await imageBuildPackages(system);
  const tools = await ensurePackages(packages, { ui, system, reason: 'build the runtime image' });
  if (!tools.installed) {
    ui.warn(`The runtime image can only be built from a container registry here (${tools.why}).`);
    ui.say(`  Without one: ${installHint(packages, system)}`);
  }
  return engine;
}
