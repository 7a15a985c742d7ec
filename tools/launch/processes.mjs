/** Running other programs: to their end with their output kept, or as long-lived children that never outlive us. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { launchFolder } from './paths.mjs';

const KEPT_OUTPUT = 400_000;
const guardScript = readFileSync(join(launchFolder, 'guard.sh'), 'utf8');

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, input?: string, onLine?: (line: string) => void,
 *   uid?: number, gid?: number, signal?: AbortSignal }} [options]
 * @returns {Promise<{ code: number, output: string }>} code is 128 + n when signal n ended it; output is the last
 *   400 kB of standard output and standard error, in order of arrival
 */
export function run(command, args, options = {}) {
  const { onLine, input, signal, ...spawnOptions } = options;
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C reaches us first and we decide; abort ends the whole group.
    // Behind the guard: a program that outlived us would work on the same files as the next start.
    const line = ['-c', guardScript, 'guard', 'TERM', command, ...args];
    const child = spawn('/bin/sh', line, {
      ...spawnOptions,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    const lifeline = child.stdio[3];
    lifeline.on('error', () => lifeline.destroy());
    const group = trackGroup(child);
    let output = '';
    let partial = '';
    const take = (chunk) => {
      const text = chunk.toString('utf8');
      output = (output + text).slice(-KEPT_OUTPUT);
      const lines = (partial + text).split(/\r?\n|\r/);
      partial = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') onLine?.(line);
    };
    const abort = () => killGroup(child.pid, 'SIGTERM');
    signal?.addEventListener('abort', abort, { once: true });
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      group.release();
      reject(error);
    });
    child.on('exit', () => lifeline.destroy());
    child.on('close', (code, ended) => {
      group.release();
      signal?.removeEventListener('abort', abort);
      if (partial.trim() !== '') onLine?.(partial);
      resolve({ code: code ?? 128 + (SIGNAL_NUMBERS[ended] ?? 0), output });
    });
    child.stdin.on('error', (error) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    child.stdin.end(input ?? '');
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
const runningGroups = new Set();

function trackGroup(child) {
  if (child.pid) runningGroups.add(child.pid);
  return { release: () => runningGroups.delete(child.pid) };
}

/** Ends every program that `run` has under way: called when we are told to stop in the middle of a step. */
export function endRunningPrograms() {
  for (const pid of runningGroups) killGroup(pid, 'SIGTERM');
}

/**
 * Sends a signal to a process group; a group that is gone is fine.
 * @param {number | undefined} pid leader of the group
 * @param {NodeJS.Signals} signal
 */
export function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * Identity of a running process that survives reuse of its number, or null when there is no such process.
 * @param {number} pid
 * @returns {{ pid: number, startTicks: number, name: string } | null}
 */
export function processIdentity(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The name stands in parentheses and may itself contain blanks and parentheses.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  if (fields[0] === 'Z') return null;
  return { pid, startTicks: Number(fields[19]), name: stat.slice(stat.indexOf('(') + 1, end) };
}

/**
 * Waits until `check` gives something truthy.
 * @template T
 * @param {() => Promise<T> | T} check
 * @param {{ timeoutMs: number, everyMs?: number }} options
 * @returns {Promise<T | null>} null after the deadline
 */
export async function waitFor(check, { timeoutMs, everyMs = 100 }) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() >= deadline) return null;
    await delay(everyMs);
  }
}

/**
 * Starts a long-lived child behind `guard.sh`. The child is asked to stop when `stop` is called and also when this
 * process disappears, even by SIGKILL: the guard holds a pipe whose other end is ours.
 * @param {{ command: string, args: string[], stopSignal: 'SIGINT' | 'SIGTERM', cwd?: string,
 *   env?: NodeJS.ProcessEnv, uid?: number, gid?: number, log: number, prefix?: string[] }} options
 *   `log` is an open file descriptor for both outputs; `prefix` is a command line put before the guard
 */
export function startGuarded(options) {
  const { command, args, stopSignal, cwd, env, uid, gid, log, prefix = [] } = options;
  // The guard's text travels as an argument: another user may be unable to enter the folder that its file is in.
  const line = [...prefix, '/bin/sh', '-c', guardScript, 'guard', stopSignal.slice(3), command, ...args];
  const child = spawn(line[0], line.slice(1), {
    cwd,
    env,
    uid,
    gid,
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
  });
  const lifeline = child.stdio[3];
  lifeline.on('error', () => lifeline.destroy());
  const exited = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, error }));
    child.on('exit', (code, signal) => resolve({ code: code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0) }));
  });
  let running = true;
  void exited.then(() => {
    running = false;
  });
  return {
    pid: child.pid,
    /** Settles when guard and child have ended. @type {Promise<{ code: number, error?: Error }>} */
    exited,
    get running() {
      return running;
    },
    /**
     * Asks, waits, then kills.
     * @param {number} graceMs
     * @returns {Promise<boolean>} whether it ended by itself
     */
    async stop(graceMs) {
      lifeline.destroy();
      const ended = await Promise.race([exited.then(() => true), delay(graceMs, false, { ref: false })]);
      if (!ended) killGroup(child.pid, 'SIGKILL');
      await exited;
      return ended;
    },
  };
}
