import { availableParallelism, totalmem } from 'node:os';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';
import type { RunLimits } from './plan/run-planner.js';

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
    this.concurrency = Math.max(1, Math.min(Math.floor(cores / cpus), Math.floor(memory / memoryMb)));
  }

  get tmpfsMb(): number {
    return Math.min(this.config.execution.tmpfsMb, Math.floor(this.limits.memoryMb / 2));
  }

  /** After so long the container is ended whatever it does: the budget, and time to start, refit and store. */
  timeoutSeconds(budgetSeconds: number): number {
    return Math.ceil(budgetSeconds + Math.max(this.minExtraSeconds, budgetSeconds * EXTRA_SHARE));
  }
}
