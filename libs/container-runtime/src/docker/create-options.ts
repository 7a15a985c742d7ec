import type { ContainerCreateOptions, HostConfig } from 'dockerode';

import { containerIdOf, LABELS } from '../container-name.js';
import type { ContainerKind, ContainerLimits, ContainerSpec } from '../container.types.js';
import { SHARED_MEMORY_MB } from '../container-spec.validation.js';
import { seccompProfile } from './seccomp-profile.js';

const MIB = 1024 * 1024;
/** `User` must name the group too: a bare user id would get the root group. */
export const SANDBOX_USER = '10001:10001';
/** Kernel files that are covered by an empty one. The engine's default list and more that nobody inside needs. */
export const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kallsyms',
  '/proc/kcore',
  '/proc/keys',
  '/proc/kmsg',
  '/proc/latency_stats',
  '/proc/modules',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/kernel/debug',
  '/sys/kernel/security',
  '/sys/kernel/tracing',
];
export const READ_ONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Who gets the processors when they are short: somebody waits for a prediction, and nobody for the next candidate. */
const CPU_SHARES = { answering: 1024, working: 128 };
const ANSWERING: ReadonlySet<ContainerKind> = new Set(['serving', 'session', 'probe']);

const OPEN_FILES = 4096;
const LOCKED_MEMORY_BYTES = 64 * 1024;
/** Kept output of one container: two files of this size. */
const LOG_FILE_SIZE = '5m';
const LOG_FILES = '2';
/** Sandboxes are the first to go when the host itself runs out of memory. */
const OOM_SCORE = 500;
/** Greatest number of files on `/tmp`, so that empty ones cannot fill the kernel's memory. */
const TMP_FILES = 65_536;

/** The client's types lack one field. */
type EngineHostConfig = HostConfig & { CgroupnsMode?: 'private' };

/** What the adapter knows beside the specification. */
export interface CreateContext {
  installationId: string;
  /** Content id of the image, so that a tag moved meanwhile changes nothing. */
  imageId: string;
  /** Id of the execution network, or `none`. */
  networkMode: string;
  /** Whether name service has to be cut off too. */
  cutNameService: boolean;
}

/** Turns a specification into the engine's words: the one place where a container of the product is described. */
export function createOptions(spec: ContainerSpec, context: CreateContext): ContainerCreateOptions {
  const [program, ...args] = spec.command;
  return {
    name: containerIdOf(spec),
    Image: context.imageId,
    Entrypoint: [program ?? ''],
    Cmd: args,
    Env: environment(spec),
    User: SANDBOX_USER,
    WorkingDir: '/tmp',
    Hostname: 'sandbox',
    Labels: labels(spec, context.installationId),
    Healthcheck: { Test: ['NONE'] },
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    OpenStdin: false,
    Tty: false,
    HostConfig: { ...isolation(context), ...limits(spec), ...mounts(spec) },
  };
}

function isolation({ networkMode, cutNameService }: CreateContext): EngineHostConfig {
  return {
    NetworkMode: networkMode,
    ...(cutNameService
      ? { Dns: ['127.0.0.1'], DnsSearch: ['.'], DnsOptions: ['timeout:1', 'attempts:1'] }
      : {}),
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges', `seccomp=${seccompProfile()}`],
    MaskedPaths: MASKED_PATHS,
    ReadonlyPaths: READ_ONLY_PATHS,
    IpcMode: 'private',
    ShmSize: SHARED_MEMORY_MB * MIB,
    CgroupnsMode: 'private',
    PidMode: '',
    UTSMode: '',
    Init: true,
    AutoRemove: false,
    RestartPolicy: { Name: 'no' },
    PublishAllPorts: false,
    OomScoreAdj: OOM_SCORE,
    LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_FILE_SIZE, 'max-file': LOG_FILES } },
  };
}

function limits({ kind, limits: limit }: { kind: ContainerKind; limits: ContainerLimits }): EngineHostConfig {
  return {
    CpuShares: ANSWERING.has(kind) ? CPU_SHARES.answering : CPU_SHARES.working,
    Memory: limit.memoryMb * MIB,
    MemorySwap: limit.memoryMb * MIB,
    NanoCpus: limit.cpuPercent * 10_000_000,
    PidsLimit: limit.pids,
    Tmpfs: {
      '/tmp': `rw,noexec,nosuid,nodev,size=${limit.tmpfsMb}m,nr_inodes=${TMP_FILES},mode=1777`,
    },
    Ulimits: [
      ulimit('nofile', OPEN_FILES),
      ulimit('core', 0),
      ulimit('fsize', limit.fileSizeMb * MIB),
      ulimit('memlock', LOCKED_MEMORY_BYTES),
      ulimit('msgqueue', 0),
    ],
  };
}

function ulimit(Name: string, value: number): { Name: string; Soft: number; Hard: number } {
  return { Name, Soft: value, Hard: value };
}

function mounts(spec: ContainerSpec): EngineHostConfig {
  return {
    Mounts: spec.mounts.map((mount) => ({
      Type: 'bind',
      Source: mount.hostPath,
      Target: mount.containerPath,
      ReadOnly: mount.readOnly,
      BindOptions: { Propagation: 'rprivate' },
    })),
  };
}

function environment(spec: ContainerSpec): string[] {
  return Object.entries(spec.env).map(([name, value]) => `${name}=${value}`);
}

function labels(spec: ContainerSpec, installationId: string): Record<string, string> {
  const { timeoutSeconds, memoryMb } = spec.limits;
  return {
    [LABELS.installation]: installationId,
    [LABELS.kind]: spec.kind,
    [LABELS.owner]: spec.ownerId,
    [LABELS.project]: spec.projectId,
    [LABELS.generation]: String(spec.generation),
    [LABELS.memoryMb]: String(memoryMb),
    ...(timeoutSeconds === undefined ? {} : { [LABELS.timeoutSeconds]: String(timeoutSeconds) }),
  };
}
