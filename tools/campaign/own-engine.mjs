/** A container engine of our own, which may be killed: nobody else's containers are on it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { askEngine } from '../launch/docker-engine.mjs';
import { findExecutable } from '../launch/paths.mjs';
import { processIdentity, run, waitFor } from '../launch/processes.mjs';

const START_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 4;

export class OwnEngine {
  #folder = mkdtempSync(join(tmpdir(), 'mw-engine-'));
  #child;

  get address() {
    return `unix://${join(this.#folder, 'docker.sock')}`;
  }

  /** @param {{ liveRestore: boolean }} options whether containers of the engine's last life go on, or are ended */
  async start({ liveRestore }) {
    // After a kill its containerd may hang over a container of before, and has to be started once more by whoever minds it.
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#startOnce(liveRestore);
      if (!failure) return;
      if (attempt === START_ATTEMPTS) throw new Error(`The engine did not start:\n${failure}`);
      await this.kill();
    }
  }

  async #startOnce(liveRestore) {
    const at = (name) => join(this.#folder, name);
    const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
    // An engine without a bridge removes the host's, which belongs to the other engine: it lives in a network of its own.
    const network = ['--bridge', 'none', '--iptables=false', '--ip-masq=false'];
    const args = ['--host', this.address, ...places, ...network, ...(liveRestore ? ['--live-restore'] : [])];
    const program = findExecutable('dockerd');
    if (!program) throw new Error('dockerd is missing; npm start installs it where it can.');
    const unshare = findExecutable('unshare');
    if (!unshare) throw new Error('unshare of util-linux is missing.');
    rmSync(at('pid'), { force: true });
    const log = openSync(at('log'), 'a');
    this.#child = spawn(unshare, ['--net', program, ...args], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` },
    });
    closeSync(log);
    const child = this.#child;
    const answers = await waitFor(async () => child.exitCode !== null || (await askEngine(this.address)).ok, {
      timeoutMs: START_TIMEOUT_MS,
    });
    return answers && child.exitCode === null ? undefined : this.#read('log').slice(-1_000);
  }

  /** Ends the engine as a crash would; containers are left to themselves. */
  async kill(signal = 'SIGKILL') {
    const child = this.#child;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      process.kill(child.pid, signal);
      await ended;
    }
    // Its containerd goes with it, but not at once; a successor would wait for the lock of its files in vain.
    const containerd = processIdentity(Number(this.#read('exec/containerd/containerd.pid')));
    if (containerd?.name !== 'containerd') return;
    const gone = () => processIdentity(containerd.pid)?.startTicks !== containerd.startTicks;
    if (!(await waitFor(gone, { timeoutMs: 2_000 }))) process.kill(containerd.pid, 'SIGKILL');
    await waitFor(gone, { timeoutMs: 10_000 });
  }

  /** Supervisors of containers that outlived their engine, with what they hold. */
  #endLeftOvers() {
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const textOf = (...path) => {
      try {
        return readFileSync(join('/proc', ...path), 'utf8');
      } catch {
        return '';
      }
    };
    for (const pid of processes) {
      const line = textOf(pid, 'cmdline');
      if (!line.includes('containerd-shim') || !line.includes(`${this.#folder}/`)) continue;
      const children = textOf(pid, 'task', pid, 'children').trim().split(' ').filter(Boolean);
      for (const one of [...children, pid])
        if (processIdentity(Number(one))) process.kill(Number(one), 'SIGKILL');
    }
  }

  #read(name) {
    const path = join(this.#folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** Copies an image from the engine that this process uses otherwise. */
  async takeImage(reference) {
    const docker = findExecutable('docker');
    const save = spawn(docker, ['save', reference], { stdio: ['ignore', 'pipe', 'inherit'] });
    const load = spawn(docker, ['--host', this.address, 'load', '--quiet'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const ends = Promise.all([once(save, 'exit'), once(load, 'exit')]);
    await pipeline(save.stdout, load.stdin);
    if ((await ends).some(([code]) => code !== 0)) throw new Error(`${reference} could not be copied.`);
  }

  async docker(...args) {
    const { code, output } = await run(findExecutable('docker'), ['--host', this.address, ...args]);
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${output.trim()}`);
    return output.trim();
  }

  /** Removes the engine with all it has. */
  async remove() {
    if (this.#child && (await askEngine(this.address)).ok) {
      const containers = (await this.docker('ps', '-aq')).split('\n').filter(Boolean);
      if (containers.length > 0) await this.docker('rm', '-f', ...containers);
    }
    if (this.#child) await this.kill('SIGTERM');
    this.#endLeftOvers();
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.#folder}/`));
    for (const path of mounts.reverse()) await run('umount', ['-l', path]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
