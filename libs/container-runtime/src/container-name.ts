import type { ContainerId, ContainerKind, ContainerSpec } from './container.types.js';

/** Name of the container of one kind, owner and generation. */
export function containerId(kind: ContainerKind, ownerId: string, generation: number): ContainerId {
  return `mw-${kind}-${ownerId}-${generation}`;
}

export function containerIdOf(spec: Pick<ContainerSpec, 'kind' | 'ownerId' | 'generation'>): ContainerId {
  return containerId(spec.kind, spec.ownerId, spec.generation);
}

/** Labels on every container of the product: the engine's memory of whose it is and what it is for. */
export const LABELS = {
  installation: 'org.modelwright.installation',
  kind: 'org.modelwright.kind',
  owner: 'org.modelwright.owner',
  project: 'org.modelwright.project',
  generation: 'org.modelwright.generation',
  /** Wall-clock limit in seconds, absent without one: lets any replica enforce it after a restart. */
  timeoutSeconds: 'org.modelwright.timeout-seconds',
  memoryMb: 'org.modelwright.memory-mb',
} as const;

/** Labels on the runtime image. */
export const IMAGE_LABELS = {
  version: 'org.modelwright.runtime.version',
  /** Comma-separated import names of the optional libraries that were not to be had. */
  missingLibraries: 'org.modelwright.runtime.missing',
  /** Comma-separated names of the search engines besides the built-in one. */
  engines: 'org.modelwright.runtime.engines',
  /** Hash of everything that the image was built from, the lock file included. */
  inputs: 'org.modelwright.runtime.inputs',
} as const;
