import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';

import { LABELS } from '../container-name.js';
import {
  CONTAINER_KINDS,
  type ContainerKind,
  type ContainerState,
  type ContainerStatus,
  type ContainerSummary,
  type ExitInfo,
} from '../container.types.js';
import { explainExit } from '../exit-reason.js';

/** Names that this adapter gives, and nothing that could mean another path of the engine's API. */
const CONTAINER_NAME = /^mw-[a-z]+-[A-Za-z0-9][A-Za-z0-9-]{0,63}-\d{1,16}$/;

export function isContainerName(id: string): boolean {
  return CONTAINER_NAME.test(id);
}

/** The engine's answer to `inspect`, in our words. */
export function toContainerStatus(container: ContainerInspectInfo): ContainerStatus {
  const { State: state } = container;
  const startedAt = toDate(state.StartedAt);
  const current = toState(state.Status);
  return {
    ...identity(container.Name.replace(/^\//, ''), container.Config.Labels),
    state: current,
    exit: current === 'exited' ? toExitInfo(container) : null,
    startedAt,
    finishedAt: current === 'exited' ? toFinishedAt(state) : null,
    pid: current === 'running' && state.Pid > 0 ? state.Pid : null,
  };
}

/** A row of the engine's list, in our words. */
export function toContainerSummary(container: ContainerInfo): ContainerSummary {
  return {
    ...identity((container.Names[0] ?? '').replace(/^\//, ''), container.Labels),
    state: toState(container.State),
    createdAt: new Date(container.Created * 1000),
  };
}

/** Wall-clock limit that a container was started with; null without one. */
export function timeoutSecondsOf(labels: Record<string, string>): number | null {
  return toNumber(labels[LABELS.timeoutSeconds]);
}

function toExitInfo({ State: state, Config: { Labels: labels } }: ContainerInspectInfo): ExitInfo {
  return explainExit({
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    engineError: state.Error,
    startedAt: toDate(state.StartedAt),
    finishedAt: toFinishedAt(state),
    memoryMb: toNumber(labels[LABELS.memoryMb]),
    timeoutSeconds: timeoutSecondsOf(labels),
  });
}

/**
 * The engine writes down a start when it hears that it succeeded, which may be after the end of a program that is done at
 * once; nothing ends before it began.
 */
function toFinishedAt(state: ContainerInspectInfo['State']): Date | null {
  const started = toDate(state.StartedAt);
  const finished = toDate(state.FinishedAt);
  return started && finished && finished < started ? started : finished;
}

function identity(
  id: string,
  labels: Record<string, string>,
): Pick<ContainerStatus, 'id' | 'kind' | 'ownerId' | 'projectId' | 'generation'> {
  return {
    id,
    kind: toKind(labels[LABELS.kind]),
    ownerId: labels[LABELS.owner] ?? '',
    projectId: labels[LABELS.project] ?? '',
    generation: toNumber(labels[LABELS.generation]) ?? 0,
  };
}

function toKind(label: string | undefined): ContainerKind {
  return CONTAINER_KINDS.find((kind) => kind === label) ?? 'probe';
}

function toState(status: string): ContainerState {
  if (status === 'created') return 'created';
  return status === 'running' || status === 'paused' || status === 'restarting' ? 'running' : 'exited';
}

/** The engine writes the year 1 for "never". */
function toDate(text: string): Date | null {
  const date = new Date(text);
  return date.getTime() > 0 ? date : null;
}

function toNumber(text: string | undefined): number | null {
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? null : Number(text);
}
