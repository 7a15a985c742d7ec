import { realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';

import type { ContainerMount } from '../container.types.js';
import { ContainerRuntimeError } from '../container-runtime-error.js';

/**
 * Follows all links of a mount's host path and makes sure that the end lies in an allowed root. A file that is no plain
 * file (a socket, a device) is refused: mounting the engine's own socket would hand over the host.
 * @returns the mount with the resolved path, which is what has to be given to the engine
 */
export async function resolveMount(mount: ContainerMount, roots: readonly string[]): Promise<ContainerMount> {
  const hostPath = await realpath(mount.hostPath).catch((cause: unknown) => {
    throw refusal(mount, 'does not exist on the host', cause);
  });
  const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => null)));
  const inside = allowed.some(
    (root) => root !== null && (hostPath === root || hostPath.startsWith(root + sep)),
  );
  if (!inside) throw refusal(mount, 'lies outside the folders that containers may see');
  const found = await stat(hostPath);
  if (!found.isDirectory() && !found.isFile()) throw refusal(mount, 'is neither a folder nor a plain file');
  return { ...mount, hostPath };
}

function refusal(mount: ContainerMount, problem: string, cause?: unknown): ContainerRuntimeError {
  return new ContainerRuntimeError(
    'invalid-spec',
    `Mount "${mount.purpose}" (${mount.hostPath}) ${problem}.`,
    {
      cause,
    },
  );
}
