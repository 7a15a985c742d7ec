import type { ContainerMount, ContainerSpec } from '@modelwright/container-runtime';
import { AppConfig } from '../platform/config/app-config.js';

/** Room for a model server: measured 210 MiB with all libraries loaded, plus the model. */
const SERVING_MEMORY_MB = 1024;
const SERVING_CPU_PERCENT = 100;
const SERVING_PIDS = 128;

/** The model server's way to say that starting it again will not help: the artifact is not what its manifest says. */
export const REFUSED_EXIT_CODE = 2;
export const REFUSED = 'The model server refused the model; its last lines say why.';

export interface ServedModel extends Pick<ContainerSpec, 'kind' | 'ownerId' | 'projectId' | 'generation'> {
  readonly modelFolder: string;
  readonly socketFolder: string;
  readonly manifestSha256: string;
  /** A table whose rows explanations compare with. */
  readonly background?: string;
}

const BACKGROUND_IN_CONTAINER = '/data/dataset.parquet';

export interface WaitingServer extends Pick<ContainerSpec, 'kind' | 'ownerId' | 'projectId' | 'generation'> {
  /** Where the model will be; empty. */
  readonly modelFolder: string;
  readonly socketFolder: string;
}

/** What a model server may use. */
export function servingLimits(config: AppConfig): ContainerSpec['limits'] {
  const { maxCpuPercent, maxMemoryMb, tmpfsMb: maxTmpfsMb } = config.execution;
  const memoryMb = Math.min(SERVING_MEMORY_MB, maxMemoryMb);
  // Scratch space counts as memory.
  const tmpfsMb = Math.min(maxTmpfsMb, Math.floor(memoryMb / 4));
  const cpuPercent = Math.min(SERVING_CPU_PERCENT, maxCpuPercent);
  return { memoryMb, cpuPercent, pids: SERVING_PIDS, tmpfsMb, fileSizeMb: tmpfsMb };
}

/** What a model server may use, and what it sees. */
export function servingContainer(config: AppConfig, served: ServedModel): ContainerSpec {
  const { background, manifestSha256 } = served;
  const spec = container(config, served, {
    // Written by us a moment ago: what is loaded is what was checked, whoever can reach the folder (I5).
    MW_MANIFEST_SHA256: manifestSha256,
    ...(background === undefined ? {} : { MW_BACKGROUND: BACKGROUND_IN_CONTAINER }),
  });
  if (background === undefined) return spec;
  return { ...spec, mounts: [...spec.mounts, mount('dataset', background, BACKGROUND_IN_CONTAINER)] };
}

/** The same for one that is told later what it serves; its files are laid into the folder that it sees already. */
export function waitingContainer(config: AppConfig, server: WaitingServer): ContainerSpec {
  return container(config, server, { MW_WAIT_FOR_MODEL: '1' });
}

function container(config: AppConfig, server: WaitingServer, env: ContainerSpec['env']): ContainerSpec {
  const { kind, ownerId, projectId, generation, modelFolder, socketFolder } = server;
  const limits = servingLimits(config);
  const threads = String(Math.max(1, Math.floor(limits.cpuPercent / 100)));
  return {
    kind,
    ownerId,
    projectId,
    generation,
    command: ['python', '-m', 'runtime.serving'],
    env: { MW_THREADS: threads, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, ...env },
    mounts: [mount('model', modelFolder, '/model'), mount('sockets', socketFolder, '/run/modelwright')],
    limits,
  };
}

function mount(purpose: string, hostPath: string, containerPath: string): ContainerMount {
  return { purpose, hostPath, containerPath, readOnly: true };
}
