import { LABELS } from '../container-name.js';
import { allowedCalls } from './seccomp-profile.js';
import { MASKED_PATHS, READ_ONLY_PATHS, SANDBOX_USER } from './create-options.js';

/** The part of the engine's `inspect` answer that the checks read; everything may be missing on a foreign engine. */
export interface InspectedContainer {
  Name?: string;
  AppArmorProfile?: string;
  Mounts?:
    { Type?: string; Source?: string; Destination?: string; RW?: boolean; Propagation?: string }[] | null;
  Config?: {
    User?: string;
    Labels?: Record<string, string> | null;
    ExposedPorts?: object | null;
    OpenStdin?: boolean;
    Tty?: boolean;
    Env?: string[] | null;
    Healthcheck?: { Test?: string[] | null } | null;
  };
  HostConfig?: Partial<InspectedHostConfig> | null;
  NetworkSettings?: { Ports?: object | null; Networks?: Record<string, unknown> | null };
}

interface InspectedHostConfig {
  AutoRemove: boolean;
  Binds: string[] | null;
  CapAdd: string[] | null;
  CapDrop: string[] | null;
  CgroupParent: string;
  CgroupnsMode: string;
  DeviceCgroupRules: string[] | null;
  DeviceRequests: unknown[] | null;
  Devices: unknown[] | null;
  Dns: string[] | null;
  ExtraHosts: string[] | null;
  GroupAdd: string[] | null;
  Init: boolean | null;
  IpcMode: string;
  Links: string[] | null;
  LogConfig: { Type: string; Config?: Record<string, string> | null };
  MaskedPaths: string[] | null;
  Memory: number;
  MemorySwap: number;
  NanoCpus: number;
  NetworkMode: string;
  OomKillDisable: boolean | null;
  OomScoreAdj: number;
  PidMode: string;
  PidsLimit: number | null;
  PortBindings: object | null;
  Privileged: boolean;
  PublishAllPorts: boolean;
  ReadonlyPaths: string[] | null;
  ReadonlyRootfs: boolean;
  RestartPolicy: { Name: string };
  SecurityOpt: string[] | null;
  ShmSize: number;
  Sysctls: Record<string, string> | null;
  Tmpfs: Record<string, string> | null;
  UTSMode: string;
  Ulimits: { Name?: string; Hard?: number; Soft?: number }[] | null;
  UsernsMode: string;
  VolumesFrom: string[] | null;
}

export interface PostureCheck {
  /** Short name, for reports. */
  name: string;
  /** What is wrong when it fails. */
  failure: string;
  holds: (container: InspectedContainer, host: Partial<InspectedHostConfig>) => boolean;
}

const WRITABLE = /^\/workspace(\/|$)/;
const SENSITIVE_SOURCE =
  /^(\/|\/(bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|usr|var|var\/run|var\/lib\/docker)(\/.*)?)$/;
const MAX_SHARED_MEMORY = 64 * 1024 * 1024;
/** Calls whose presence in the filter would open a known way out. */
const FORBIDDEN_CALLS =
  `add_key bpf chroot init_module io_uring_setup kexec_load keyctl mount open_by_handle_at
  perf_event_open pivot_root process_vm_writev ptrace setns umount2 unshare userfaultfd`.split(/\s+/);

/** What has to be true of every container that the product starts; about CIS Docker Benchmark section 5, and more. */
export const POSTURE_CHECKS: readonly PostureCheck[] = [
  check('user', `does not run as ${SANDBOX_USER}`, (c) => c.Config?.User === SANDBOX_USER),
  check('no-extra-groups', 'has additional groups', (_c, h) => isEmpty(h.GroupAdd)),
  check('not-privileged', 'is privileged', (_c, h) => h.Privileged === false),
  check('read-only-root', 'has a writable root file system', (_c, h) => h.ReadonlyRootfs === true),
  check(
    'capabilities-dropped',
    'keeps capabilities',
    (_c, h) => h.CapDrop?.length === 1 && h.CapDrop[0] === 'ALL',
  ),
  check('no-capabilities-added', 'has capabilities added', (_c, h) => isEmpty(h.CapAdd)),
  check('no-new-privileges', 'may gain privileges', (_c, h) => hasNoNewPrivileges(h.SecurityOpt)),
  check('seccomp', 'has no system-call filter of ours', (_c, h) => hasOwnFilter(h.SecurityOpt)),
  check(
    'apparmor',
    'has AppArmor switched off',
    (c, h) => c.AppArmorProfile !== 'unconfined' && !hasOption(h.SecurityOpt, 'apparmor=unconfined'),
  ),
  check(
    'no-labels-disabled',
    'has SELinux labels switched off',
    (_c, h) => !hasOption(h.SecurityOpt, 'label=disable') && !hasOption(h.SecurityOpt, 'label:disable'),
  ),
  check('kernel-files-masked', 'shows kernel files', (_c, h) => includesAll(h.MaskedPaths, MASKED_PATHS)),
  check('kernel-files-read-only', 'may write kernel settings', (_c, h) =>
    includesAll(h.ReadonlyPaths, READ_ONLY_PATHS),
  ),
  check(
    'network',
    'has a network that it should not have',
    (_c, h) =>
      typeof h.NetworkMode === 'string' &&
      h.NetworkMode !== '' &&
      !/^(host|bridge|default|container:.*)$/.test(h.NetworkMode),
  ),
  check('no-extra-hosts', 'has host names added', (_c, h) => isEmpty(h.ExtraHosts)),
  check('no-links', 'is linked to other containers', (_c, h) => isEmpty(h.Links)),
  check(
    'no-published-ports',
    'publishes ports',
    (c, h) =>
      h.PublishAllPorts === false && isEmptyObject(h.PortBindings) && isEmptyObject(c.NetworkSettings?.Ports),
  ),
  check('own-pid-namespace', 'sees processes of others', (_c, h) => h.PidMode === ''),
  check(
    'own-ipc-namespace',
    'shares memory with others',
    (_c, h) => h.IpcMode === 'private' || h.IpcMode === 'none',
  ),
  check('own-uts-namespace', 'shares the host name', (_c, h) => h.UTSMode === ''),
  check('own-cgroup-namespace', 'sees control groups of others', (_c, h) => h.CgroupnsMode === 'private'),
  check(
    'user-namespace-not-lifted',
    'opts out of user namespaces',
    (_c, h) => h.UsernsMode === '' || h.UsernsMode === undefined,
  ),
  check(
    'no-devices',
    'has devices',
    (_c, h) => isEmpty(h.Devices) && isEmpty(h.DeviceRequests) && isEmpty(h.DeviceCgroupRules),
  ),
  check('no-sysctls', 'changes kernel settings', (_c, h) => isEmptyObject(h.Sysctls)),
  check('default-cgroup-parent', 'has a control group of its own choice', (_c, h) => !h.CgroupParent),
  check('memory', 'has no memory limit', (_c, h) => (h.Memory ?? 0) > 0),
  check('no-swap', 'may swap', (_c, h) => h.Memory !== undefined && h.MemorySwap === h.Memory),
  check(
    'memory-kill',
    'is spared when memory runs out',
    (_c, h) => h.OomKillDisable !== true && (h.OomScoreAdj ?? 0) > 0,
  ),
  check('cpu', 'has no CPU limit', (_c, h) => (h.NanoCpus ?? 0) > 0),
  check('processes', 'has no limit on processes', (_c, h) => (h.PidsLimit ?? 0) > 0),
  check('open-files', 'has no limit on open files', (_c, h) => hasLimit(h, 'nofile')),
  check('file-size', 'has no limit on file size', (_c, h) => hasLimit(h, 'fsize')),
  check('no-core-dumps', 'may write core dumps', (_c, h) => hardLimit(h, 'core') === 0),
  check('scratch-space', 'has unbounded or executable scratch space', (_c, h) =>
    hasSafeScratchSpace(h.Tmpfs),
  ),
  check(
    'shared-memory',
    'has too much shared memory',
    (_c, h) => (h.ShmSize ?? Infinity) <= MAX_SHARED_MEMORY,
  ),
  check('log-size', 'has an unbounded log', (_c, h) => hasBoundedLog(h.LogConfig)),
  check('init', 'has no init process', (_c, h) => h.Init === true),
  check(
    'no-restarts',
    'is restarted by the engine',
    (_c, h) => h.RestartPolicy?.Name === 'no' || h.RestartPolicy?.Name === '',
  ),
  check('mounts-read-only', 'may write outside /workspace', (c) =>
    (c.Mounts ?? []).every((m) => m.RW === false || WRITABLE.test(m.Destination ?? '')),
  ),
  check(
    'mounts-of-data-only',
    'sees folders of the host system',
    (c, h) =>
      isEmpty(h.VolumesFrom) &&
      isEmpty(h.Binds) &&
      (c.Mounts ?? []).every((m) => m.Type === 'bind' && !isSensitive(m.Source)),
  ),
  check('mounts-private', 'propagates mounts', (c) =>
    (c.Mounts ?? []).every((m) => m.Propagation === 'rprivate'),
  ),
  check(
    'no-terminal',
    'has a terminal or open input',
    (c) => c.Config?.Tty === false && c.Config.OpenStdin === false,
  ),
  check('no-secrets-of-host', 'gets secrets in its environment', (c) =>
    (c.Config?.Env ?? []).every((line) => !/^[^=]*(SECRET|PASSWORD|TOKEN|DATABASE_URL)[^=]*=/i.test(line)),
  ),
  check('labelled', 'does not say whose it is', (c) =>
    Object.values(LABELS)
      .slice(0, 5)
      .every((label) => Boolean(c.Config?.Labels?.[label])),
  ),
];

/** Everything that is wrong with how a container is held, in words; empty when all is well. */
export function postureFindings(container: InspectedContainer): string[] {
  const host = container.HostConfig ?? {};
  return POSTURE_CHECKS.filter(({ holds }) => !holds(container, host)).map(
    ({ name, failure }) => `${name}: ${failure}`,
  );
}

/**
 * Fails unless a container is held as every container of the product must be.
 * @param container the engine's answer to `inspect`
 */
export function assertPosture(container: InspectedContainer): void {
  const findings = postureFindings(container);
  if (findings.length === 0) return;
  throw new Error(`Container ${container.Name ?? ''} is not held safely:\n- ${findings.join('\n- ')}`);
}

function check(name: string, failure: string, holds: PostureCheck['holds']): PostureCheck {
  return { name, failure, holds };
}

function isEmpty(list: readonly unknown[] | null | undefined): boolean {
  return list === null || list === undefined || list.length === 0;
}

function isEmptyObject(value: object | null | undefined): boolean {
  return value === null || value === undefined || Object.keys(value).length === 0;
}

function includesAll(list: readonly string[] | null | undefined, wanted: readonly string[]): boolean {
  return wanted.every((item) => list?.includes(item));
}

function hasOption(options: readonly string[] | null | undefined, option: string): boolean {
  return options?.includes(option) ?? false;
}

function hasNoNewPrivileges(options: readonly string[] | null | undefined): boolean {
  return ['no-new-privileges', 'no-new-privileges:true', 'no-new-privileges=true'].some((o) =>
    hasOption(options, o),
  );
}

function hasOwnFilter(options: readonly string[] | null | undefined): boolean {
  const option = options?.find((text) => text.startsWith('seccomp='));
  if (option === undefined) return false;
  const filter = parseFilter(option.slice('seccomp='.length));
  if (filter?.defaultAction !== 'SCMP_ACT_ERRNO') return false;
  const allowed = filter.syscalls
    .filter(({ action }) => action === 'SCMP_ACT_ALLOW')
    .flatMap(({ names }) => names);
  return (
    allowedCalls().every((name) => allowed.includes(name)) &&
    !FORBIDDEN_CALLS.some((name) => allowed.includes(name))
  );
}

function parseFilter(
  text: string,
): { defaultAction: string; syscalls: { names: string[]; action: string }[] } | null {
  if (!text.startsWith('{')) return null;
  return JSON.parse(text) as { defaultAction: string; syscalls: { names: string[]; action: string }[] };
}

function hardLimit(host: Partial<InspectedHostConfig>, name: string): number | undefined {
  return host.Ulimits?.find((limit) => limit.Name === name)?.Hard;
}

function hasLimit(host: Partial<InspectedHostConfig>, name: string): boolean {
  return (hardLimit(host, name) ?? -1) > 0;
}

function hasSafeScratchSpace(tmpfs: Record<string, string> | null | undefined): boolean {
  const folders = Object.entries(tmpfs ?? {});
  const safe = folders.every(([, options]) => {
    const parts = options.split(',');
    const sized =
      parts.some((part) => /^size=\d+[kmg]?$/.test(part)) &&
      parts.some((part) => part.startsWith('nr_inodes='));
    return sized && ['noexec', 'nosuid', 'nodev'].every((part) => parts.includes(part));
  });
  return safe && folders.length === 1 && folders[0]?.[0] === '/tmp';
}

function hasBoundedLog(log: InspectedHostConfig['LogConfig'] | undefined): boolean {
  return log?.Type === 'json-file' && Boolean(log.Config?.['max-size']) && Boolean(log.Config?.['max-file']);
}

function isSensitive(source: string | undefined): boolean {
  // Data may lie below /var, /root or /run, but never are these, or the engine's own files, mounted themselves.
  if (source === undefined || source.includes('docker.sock')) return true;
  if (/^\/(root|var|run)\/./.test(source))
    return /^\/var\/(run|lib\/docker)(\/|$)/.test(source) || /^\/run\/(docker|containerd)/.test(source);
  return SENSITIVE_SOURCE.test(source);
}
