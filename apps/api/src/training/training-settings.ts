import { availableParallelism, totalmem } from 'node:os';
import type { RunClass } from '@modelwright/contracts';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';
import type { RunLimits } from './plan/run-plan.js';

const MEGABYTE = 1024 ** 2;
/** The rest is for the API, the database and the engine. */
const SHARE_OF_MEMORY = 0.8;
const MIN_MEMORY_MB = 512;
const EXTRA_SHARE = 0.25;

/** What a run may use on this installation, and how many run at once. */
@Injectable()
export class TrainingSettings {
  readonly limits: RunLimits;
  /** Runs at the same time, in the whole installation. */
  readonly concurrency: number;
  /** Memory for all runs together, MiB. */
  readonly memoryMb: number;
  /** Runs of one project at the same time while others wait. */
  readonly maxRunsPerProject: number;
  /** Runs of each class at the same time. */
  readonly maxRunsPerClass: Readonly<Record<RunClass, number>>;
  /** Runs of one project that may wait. */
  readonly maxQueuedPerProject: number;
  /** A run that is paused for longer is stopped and keeps its best: its memory is wanted. */
  readonly maxPauseSeconds: number = 86_400;
  /** A trainer says something every few seconds; one that is silent for so long hangs. */
  readonly silenceSeconds: number = 600;
  /** How long a trainer may take to end by itself after it was asked to. */
  readonly cancelGraceMs: number = 10_000;
  /** Time on top of the budget, at least: to start, refit, evaluate and store. */
  readonly minExtraSeconds: number = 120;

  constructor(private readonly config: AppConfig) {
    const { maxMemoryMb, maxCpuPercent, timeoutMs } = config.execution;
    const cores = availableParallelism();
    const memory = Math.floor((totalmem() / MEGABYTE) * SHARE_OF_MEMORY);
    const cpus = Math.min(maxCpuPercent / 100, cores);
    const memoryMb = Math.max(MIN_MEMORY_MB, Math.min(maxMemoryMb, memory));
    this.limits = { memoryMb, cpus, maxBudgetSeconds: Math.floor(timeoutMs / 1000) };
    this.memoryMb = memory;
    this.concurrency = Math.max(1, Math.min(Math.floor(cores / cpus), Math.floor(memory / memoryMb)));
    const { maxRunsPerProject, maxBatchRuns, maxQueuedPerProject } = config.training;
    this.maxRunsPerProject = maxRunsPerProject;
    this.maxQueuedPerProject = maxQueuedPerProject;
    this.maxRunsPerClass = { interactive: Infinity, standard: Infinity, batch: maxBatchRuns };
  }

  tmpfsMb(memoryMb: number): number {
    return Math.min(this.config.execution.tmpfsMb, Math.floor(memoryMb / 2));
  }

  /** Longest life of a container, pauses included. */
  lifeSeconds(budgetSeconds: number): number {
    return this.timeoutSeconds(budgetSeconds) + this.maxPauseSeconds;
  }

  /** After so long at work the container is ended whatever it does: the budget, and time to start, refit and store. */
  timeoutSeconds(budgetSeconds: number): number {
    return Math.ceil(budgetSeconds + Math.max(this.minExtraSeconds, budgetSeconds * EXTRA_SHARE));
  }
}
