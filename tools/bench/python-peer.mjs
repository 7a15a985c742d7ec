import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A virtual environment with the peers in it, made once; never part of the product. */
export function peerPython(name, packages) {
  const folder = join(root, '.cache', 'bench', name);
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'complete'))) {
    mkdirSync(folder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'inherit' });
    mkdirSync(join(folder, 'complete'));
  }
  return python;
}

export const peerScript = (name) => fileURLToPath(new URL(`./peers/${name}`, import.meta.url));

/** Starts a peer's server and resolves to its stop function once it answers. */
export async function startPeer(python, args, url) {
  const child = spawn(python, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      await fetch(url);
      return () => new Promise((resolve) => child.once('exit', resolve) && child.kill('SIGTERM'));
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  child.kill('SIGKILL');
  throw new Error(`The peer at ${url} did not start.`);
}
