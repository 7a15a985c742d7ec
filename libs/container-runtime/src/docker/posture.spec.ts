import type { ContainerKind, ContainerSpec } from '../container.types.js';
import { createOptions, MASKED_PATHS } from './create-options.js';
import { assertPosture, POSTURE_CHECKS, postureFindings, type InspectedContainer } from './posture.js';
import { allowedCalls, seccompProfile } from './seccomp-profile.js';

const spec: ContainerSpec = {
  kind: 'serving',
  ownerId: 'deployment-1',
  projectId: 'project-1',
  generation: 3,
  command: ['python', '-m', 'runtime.serving'],
  env: { MW_THREADS: '2' },
  mounts: [
    { purpose: 'model', hostPath: '/srv/modelwright/models/m1', containerPath: '/model', readOnly: true },
  ],
  limits: { memoryMb: 512, cpuPercent: 100, pids: 64, tmpfsMb: 64, fileSizeMb: 64 },
};
const context = { installationId: 'i1', imageId: 'sha256:1', networkMode: 'none', cutNameService: true };
const options = createOptions(spec, context);

/** What the engine answers about a container made from the options. */
function inspected(): InspectedContainer & { HostConfig: Record<string, unknown> } {
  return structuredClone({
    Name: '/mw-serving-deployment-1-3',
    Mounts: [
      {
        Type: 'bind',
        Source: '/srv/modelwright/models/m1',
        Destination: '/model',
        RW: false,
        Propagation: 'rprivate',
      },
    ],
    Config: { User: options.User, Labels: options.Labels, OpenStdin: false, Tty: false, Env: options.Env },
    HostConfig: { ...options.HostConfig, UsernsMode: '' },
    NetworkSettings: { Ports: {} },
  });
}

describe('createOptions', () => {
  it('makes a container in which nothing is wrong', () => {
    expect(postureFindings(inspected())).toEqual([]);
    expect(() => assertPosture(inspected())).not.toThrow();
  });

  it('turns limits into the numbers of the engine, without swap', () => {
    expect(options.HostConfig).toMatchObject({
      Memory: 536_870_912,
      MemorySwap: 536_870_912,
      NanoCpus: 1_000_000_000,
      PidsLimit: 64,
      NetworkMode: 'none',
    });
  });

  it('lets work that can wait give way to model servers when processors are short', () => {
    const sharesOf = (kind: ContainerKind) =>
      createOptions({ ...spec, kind }, context).HostConfig?.CpuShares ?? 0;
    for (const kind of ['training', 'insight', 'rescore', 'export'] as const)
      expect(sharesOf(kind)).toBeLessThan(sharesOf('serving') / 4);
    expect(sharesOf('session')).toBe(sharesOf('serving'));
  });

  it('runs the program itself, whatever entry point the image has', () => {
    expect([options.Entrypoint, options.Cmd]).toEqual([['python'], ['-m', 'runtime.serving']]);
  });
});

describe('postureFindings', () => {
  const host = (change: object) => (container: ReturnType<typeof inspected>) =>
    void Object.assign(container.HostConfig, change);
  const weaken: [string, (container: ReturnType<typeof inspected>) => void][] = [
    ['user', (c) => void (c.Config = { ...c.Config, User: '10001' })],
    ['no-extra-groups', host({ GroupAdd: ['0'] })],
    ['not-privileged', host({ Privileged: true })],
    ['read-only-root', host({ ReadonlyRootfs: false })],
    ['capabilities-dropped', host({ CapDrop: ['NET_RAW'] })],
    ['no-capabilities-added', host({ CapAdd: ['SYS_ADMIN'] })],
    ['no-new-privileges', host({ SecurityOpt: [`seccomp=${seccompProfile()}`] })],
    ['seccomp', host({ SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] })],
    ['seccomp', host({ SecurityOpt: ['no-new-privileges'] })],
    [
      'seccomp',
      host({
        SecurityOpt: [
          'no-new-privileges',
          `seccomp=${seccompProfile().replace('"accept"', '"accept","ptrace"')}`,
        ],
      }),
    ],
    ['apparmor', (c) => void (c.AppArmorProfile = 'unconfined')],
    [
      'no-labels-disabled',
      host({ SecurityOpt: ['no-new-privileges', `seccomp=${seccompProfile()}`, 'label=disable'] }),
    ],
    ['kernel-files-masked', host({ MaskedPaths: MASKED_PATHS.slice(1) })],
    ['kernel-files-masked', host({ MaskedPaths: null })],
    ['kernel-files-read-only', host({ ReadonlyPaths: [] })],
    ['network', host({ NetworkMode: 'host' })],
    ['network', host({ NetworkMode: 'bridge' })],
    ['network', host({ NetworkMode: 'container:other' })],
    ['no-extra-hosts', host({ ExtraHosts: ['db:10.0.0.1'] })],
    ['no-links', host({ Links: ['db'] })],
    ['no-published-ports', host({ PortBindings: { '80/tcp': [{}] } })],
    ['own-pid-namespace', host({ PidMode: 'host' })],
    ['own-ipc-namespace', host({ IpcMode: 'shareable' })],
    ['own-uts-namespace', host({ UTSMode: 'host' })],
    ['own-cgroup-namespace', host({ CgroupnsMode: 'host' })],
    ['user-namespace-not-lifted', host({ UsernsMode: 'host' })],
    ['no-devices', host({ Devices: [{ PathOnHost: '/dev/sda' }] })],
    ['no-devices', host({ DeviceCgroupRules: ['b *:* rwm'] })],
    ['no-sysctls', host({ Sysctls: { 'net.ipv4.ip_forward': '1' } })],
    ['default-cgroup-parent', host({ CgroupParent: '/system.slice' })],
    ['memory', host({ Memory: 0, MemorySwap: 0 })],
    ['no-swap', host({ MemorySwap: -1 })],
    ['memory-kill', host({ OomKillDisable: true })],
    ['cpu', host({ NanoCpus: 0 })],
    ['processes', host({ PidsLimit: null })],
    ['open-files', host({ Ulimits: [] })],
    ['file-size', host({ Ulimits: [{ Name: 'fsize', Hard: -1 }] })],
    ['no-core-dumps', host({ Ulimits: [{ Name: 'core', Hard: -1 }] })],
    ['scratch-space', host({ Tmpfs: { '/tmp': 'rw,size=64m' } })],
    ['scratch-space', host({ Tmpfs: { '/tmp': 'rw,noexec,nosuid,nodev' } })],
    ['scratch-space', host({ Tmpfs: {} })],
    ['shared-memory', host({ ShmSize: 1 << 30 })],
    ['log-size', host({ LogConfig: { Type: 'json-file', Config: {} } })],
    ['init', host({ Init: null })],
    ['no-restarts', host({ RestartPolicy: { Name: 'always' } })],
    ['mounts-read-only', (c) => void (c.Mounts = [{ ...c.Mounts?.[0], RW: true }])],
    ...[
      '/',
      '/etc',
      '/proc',
      '/var/run/docker.sock',
      '/var/lib/docker/volumes/x',
      '/root',
      '/usr/lib',
      '/run/docker.sock',
    ].map((Source): [string, (c: ReturnType<typeof inspected>) => void] => [
      'mounts-of-data-only',
      (c) => void (c.Mounts = [{ ...c.Mounts?.[0], Source }]),
    ]),
    ['mounts-of-data-only', host({ VolumesFrom: ['other'] })],
    ['mounts-private', (c) => void (c.Mounts = [{ ...c.Mounts?.[0], Propagation: 'rshared' }])],
    ['no-terminal', (c) => void (c.Config = { ...c.Config, Tty: true })],
    ['no-secrets-of-host', (c) => void (c.Config = { ...c.Config, Env: ['DATABASE_URL=postgres://x'] })],
    ['no-secrets-of-host', (c) => void (c.Config = { ...c.Config, Env: ['JWT_SECRET=x'] })],
    ['labelled', (c) => void (c.Config = { ...c.Config, Labels: {} })],
  ];

  it.each(weaken)('notices a container that is weak in "%s" (case %#)', (name, change) => {
    const container = inspected();
    change(container);
    expect(postureFindings(container).map((finding) => finding.split(':')[0])).toContain(name);
    expect(() => assertPosture(container)).toThrow(name);
  });

  it('has a case above for every check', () => {
    expect(
      POSTURE_CHECKS.map(({ name }) => name).filter((name) => !weaken.some(([weak]) => weak === name)),
    ).toEqual([]);
    expect(POSTURE_CHECKS.length).toBeGreaterThanOrEqual(32);
  });

  it('finds everything wrong with a container of which nothing is known', () => {
    expect(postureFindings({}).length).toBeGreaterThan(20);
  });

  it.each([
    '/srv/modelwright/data',
    '/var/lib/modelwright/data',
    '/home/ada/repo/.modelwright/data',
    '/tmp/x',
  ])('lets data lie in %s', (Source) => {
    const container = inspected();
    container.Mounts = [{ ...container.Mounts?.[0], Source }];
    expect(postureFindings(container)).toEqual([]);
  });
});

describe('seccompProfile', () => {
  it('names each call once and none of those that open a way out', () => {
    const calls = allowedCalls();
    expect(new Set(calls).size).toBe(calls.length);
    for (const forbidden of [
      'ptrace',
      'bpf',
      'mount',
      'unshare',
      'setns',
      'keyctl',
      'io_uring_setup',
      'userfaultfd',
      'clone',
      'socket',
    ]) {
      expect(calls).not.toContain(forbidden);
    }
  });
});
