import {
  CONTAINER_KINDS,
  type ContainerLimits,
  type ContainerMount,
  type ContainerSpec,
} from './container.types.js';
import { ContainerRuntimeError } from './container-runtime-error.js';

/** Size of `/dev/shm` in MiB: enough for Python's semaphores, and counted as memory like `/tmp`. */
export const SHARED_MEMORY_MB = 16;

/** The only places where something may be mounted. */
const MOUNT_POINTS = ['/data', '/control', '/workspace', '/model', '/run/modelwright'] as const;
const WRITABLE_MOUNT_POINT = '/workspace';

const ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** Names that would change what the loader or the interpreter runs. */
const FORBIDDEN_ENV = /^(LD_|PYTHONSTARTUP$|PYTHONPATH$|PYTHONHOME$|BASH_ENV$|ENV$)/;
const PATH = /^(\/[A-Za-z0-9._-]+)+$/;
const MAX_ENV_BYTES = 64 * 1024;
const MAX_COMMAND_BYTES = 64 * 1024;

/** [least, greatest] of every limit. */
const LIMIT_RANGES: Readonly<Record<keyof ContainerLimits, readonly [number, number]>> = {
  memoryMb: [32, 16 * 1024 * 1024],
  cpuPercent: [1, 100 * 1024],
  pids: [4, 32_768],
  tmpfsMb: [1, 1024 * 1024],
  fileSizeMb: [1, 16 * 1024 * 1024],
  timeoutSeconds: [1, 366 * 24 * 3600],
};

/**
 * Refuses a specification that asks for more than a container of the product may have. Looks at the words only; whether
 * host paths lie in the allowed roots is judged where the disk is.
 * @throws `invalid-spec` naming the field
 */
export function validateContainerSpec(spec: ContainerSpec): void {
  check(CONTAINER_KINDS.includes(spec.kind), 'kind', `must be one of ${CONTAINER_KINDS.join(', ')}`);
  check(ID.test(spec.ownerId), 'ownerId', 'must be 1 to 64 letters, digits or dashes');
  check(ID.test(spec.projectId), 'projectId', 'must be 1 to 64 letters, digits or dashes');
  check(
    Number.isSafeInteger(spec.generation) && spec.generation >= 0,
    'generation',
    'must be an integer from 0',
  );
  check(
    spec.network === undefined || spec.network === 'none' || spec.network === 'execution',
    'network',
    'must be none or execution',
  );
  validateCommand(spec.command);
  validateEnv(spec.env);
  validateLimits(spec.limits);
  validateMounts(spec.mounts);
}

function validateCommand(command: readonly string[]): void {
  check(command.length > 0 && command[0] !== '', 'command', 'must name a program');
  check(
    command.every((part) => !part.includes('\0')),
    'command',
    'must not hold a NUL',
  );
  check(
    byteLength(command) <= MAX_COMMAND_BYTES,
    'command',
    `must not be longer than ${MAX_COMMAND_BYTES} bytes`,
  );
}

function validateEnv(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) {
    check(ENV_NAME.test(name), `env.${name}`, 'is not a valid name');
    check(!FORBIDDEN_ENV.test(name), `env.${name}`, 'would change which code is loaded');
    check(!value.includes('\0'), `env.${name}`, 'must not hold a NUL');
  }
  check(
    byteLength(Object.values(env)) <= MAX_ENV_BYTES,
    'env',
    `must not be longer than ${MAX_ENV_BYTES} bytes`,
  );
}

function validateLimits(limits: ContainerLimits): void {
  for (const [name, [least, greatest]] of Object.entries(LIMIT_RANGES)) {
    const value = limits[name as keyof ContainerLimits];
    if (value === undefined && name === 'timeoutSeconds') continue;
    const valid = typeof value === 'number' && Number.isFinite(value) && value >= least && value <= greatest;
    check(valid, `limits.${name}`, `must be a number from ${least} to ${greatest}`);
    check(name === 'timeoutSeconds' || Number.isInteger(value), `limits.${name}`, 'must be an integer');
  }
  const scratch = limits.tmpfsMb + SHARED_MEMORY_MB;
  check(
    scratch < limits.memoryMb,
    'limits.tmpfsMb',
    `needs ${scratch} MB with shared memory and counts as memory: it must stay below memoryMb (${limits.memoryMb})`,
  );
}

function validateMounts(mounts: readonly ContainerMount[]): void {
  const seen = new Set<string>();
  for (const { purpose, hostPath, containerPath, readOnly } of mounts) {
    const field = `mounts[${purpose}]`;
    check(isCleanPath(containerPath), `${field}.containerPath`, 'must be a plain absolute path');
    check(
      MOUNT_POINTS.some((point) => isAtOrBelow(containerPath, point)),
      `${field}.containerPath`,
      `must be at or below one of ${MOUNT_POINTS.join(', ')}`,
    );
    check(
      readOnly || isAtOrBelow(containerPath, WRITABLE_MOUNT_POINT),
      `${field}.readOnly`,
      'may be false only for /workspace',
    );
    check(
      hostPath.startsWith('/') && !hostPath.includes('\0'),
      `${field}.hostPath`,
      'must be an absolute path',
    );
    check(!seen.has(containerPath), `${field}.containerPath`, 'is mounted twice');
    seen.add(containerPath);
  }
}

function isCleanPath(path: string): boolean {
  return PATH.test(path) && !path.split('/').some((part) => part === '.' || part === '..');
}

function isAtOrBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

function byteLength(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function check(condition: boolean, field: string, problem: string): void {
  if (!condition)
    throw new ContainerRuntimeError('invalid-spec', `Container specification: ${field} ${problem}.`);
}
