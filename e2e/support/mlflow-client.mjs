/** The real MLflow client in a Python of its own, kept between runs: after the first one nothing is downloaded. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../tools/launch/paths.mjs';

const run = promisify(execFile);
/** Exact, so that the same client is asked every time. */
const PACKAGES = ['mlflow-skinny==3.17.2', 'scikit-learn==1.9.1', 'pandas==3.1.1', 'numpy==2.4.6'];

/** @returns {Promise<string>} path of a Python that has the client */
export async function mlflowPython() {
  const folder = join(repositoryRoot, '.cache', 'mlflow-client');
  const python = join(folder, 'bin', 'python');
  const marker = join(folder, `ready-${PACKAGES.join('-').replace(/[^\w.-]/g, '_')}`);
  if (existsSync(marker)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES], {
    timeout: 600_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  writeFileSync(marker, '');
  return python;
}

/**
 * Runs a program against an installation as its user would: two variables, nothing else.
 * @returns {Promise<{ stdout: string, stderr: string }>}
 */
export async function runWithClient(python, program, { uri, token, cwd }) {
  try {
    return await run(python, ['-c', program], {
      cwd,
      timeout: 120_000,
      maxBuffer: 16 * 1024 * 1024,
      env: {
        PATH: process.env.PATH,
        HOME: cwd,
        MLFLOW_TRACKING_URI: uri,
        MLFLOW_TRACKING_TOKEN: token,
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
        MLFLOW_DISABLE_TELEMETRY: 'true',
      },
    });
  } catch (error) {
    throw new Error(`The client failed:\n${error.stdout ?? ''}\n${error.stderr ?? error.message}`, {
      cause: error,
    });
  }
}
