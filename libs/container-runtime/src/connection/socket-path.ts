import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';

import { ContainerConnectionError } from './container-connection-error.js';

/** What fits into a Unix socket address, without its final zero. */
const MAX_PATH_BYTES = 107;
const PROBE_MS = 1_000;

/**
 * Makes a path ready to listen at: its folder exists and can be entered by the container's user, and no dead socket of an
 * earlier process is in the way. @throws `cannot-listen`
 */
export async function prepareSocketPath(path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_PATH_BYTES) {
    throw new ContainerConnectionError(
      'cannot-listen',
      `Socket path ${path} has ${bytes} bytes; the system allows ${MAX_PATH_BYTES}. Choose a shorter data folder.`,
    );
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket())
    throw new ContainerConnectionError('cannot-listen', `${path} exists and is not a socket.`);
  if (await isAnswered(path)) {
    throw new ContainerConnectionError('cannot-listen', `Another process listens at ${path} already.`);
  }
  await rm(path, { force: true });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    const settle = (answered: boolean): void => {
      probe.destroy();
      resolve(answered);
    };
    probe.setTimeout(PROBE_MS, () => settle(true));
    probe.once('connect', () => settle(true));
    probe.once('error', () => settle(false));
  });
}
