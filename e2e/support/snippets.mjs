/** Runs the code that the product shows, as a caller would. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { nodeBinary } from '../../tools/launch/node24.mjs';
import { findExecutable } from '../../tools/launch/paths.mjs';
import { detectSystem, ensurePackages, installHint } from '../../tools/launch/system.mjs';
import { createUi } from '../../tools/launch/ui.mjs';

const run = promisify(execFile);
const docker = new Docker({ socketPath: process.env.DOCKER_SOCKET ?? '/var/run/docker.sock' });

/** Makes sure that there is a curl: a bare Debian has none. @throws Error that says how to install it */
export async function needCurl() {
  if (findExecutable('curl')) return;
  const system = detectSystem();
  const ui = createUi({ assumeYes: true });
  const { installed, why } = await ensurePackages(['curl'], { ui, system, reason: 'run the shown commands' });
  if (!installed) throw new Error(`needs curl (${why}): ${installHint(['curl'], system)}`);
}

/** @returns {Promise<string>} standard output @throws Error with standard error when it fails */
export async function runShell(code, env = {}, cwd = undefined) {
  const { stdout } = await run('/bin/sh', ['-ec', code], { cwd, env: { ...process.env, ...env } });
  return stdout;
}

export async function runTypescript(code, env = {}, cwd = undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'mw-snippet-'));
  try {
    const path = join(folder, 'snippet.mts');
    writeFileSync(path, code);
    const { stdout } = await run(nodeBinary(), [path], { cwd, env: { ...process.env, ...env } });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With the Python of the runtime image, on the host's network as any caller's program: a bare machine has no Python. */
export async function runPython(code, env = {}, cwd = undefined) {
  const container = await docker.createContainer({
    Image: process.env.DOCKER_IMAGE ?? 'automl-python-runtime:3.11',
    Cmd: ['python', '-c', code],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Tty: true,
    ...(cwd ? { WorkingDir: '/work' } : {}),
    HostConfig: { NetworkMode: 'host', ...(cwd ? { Binds: [`${cwd}:/work:ro`] } : {}) },
  });
  try {
    await container.start();
    const { StatusCode } = await container.wait();
    const logs = await container.logs({ stdout: true, stderr: true });
    // What reads as JSON the client has parsed already.
    const output = Buffer.isBuffer(logs) || typeof logs === 'string' ? logs.toString() : JSON.stringify(logs);
    if (StatusCode !== 0) throw new Error(`The Python snippet ended with ${StatusCode}:\n${output}`);
    return output;
  } finally {
    await container.remove({ force: true });
  }
}
