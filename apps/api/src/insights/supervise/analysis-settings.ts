import { availableParallelism } from 'node:os';
import type { AnalysisOptions } from '@modelwright/contracts';
import type { ContainerLimits } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';
import type { WorkKind } from '../translation.js';

const MEMORY_MB = 2048;
const PROCESSES = 256;
/** A compiled form has 64 MB of arrays at most, and its description. */
const FILE_MB = 96;
/** Seconds of computing that each kind may take; what is asked in a dialog is waited for. */
const SECONDS: Readonly<Record<WorkKind, number>> = {
  shap_global: 240,
  shap_row: 60,
  permutation_importance: 300,
  partial_dependence: 180,
  interactions: 300,
  segments: 300,
  fairness: 180,
  learning_curve: 120,
  residuals: 120,
  what_if: 60,
  translation: 300,
};
/** To read the data and load the model, on top of computing. */
const EXTRA_SECONDS = 60;

/** What an analysis may use on this installation, and how many are computed at once. */
@Injectable()
export class AnalysisSettings {
  /** In the whole installation; of one project one at a time. */
  readonly concurrency = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));
  /** How long a container may take to end by itself after it was asked to. */
  readonly cancelGraceMs: number = 3_000;
  readonly cpus: number;
  readonly memoryMb: number;

  constructor(private readonly config: AppConfig) {
    const { maxMemoryMb, maxCpuPercent } = config.execution;
    this.cpus = Math.max(1, Math.min(2, Math.floor(maxCpuPercent / 100), availableParallelism()));
    this.memoryMb = Math.min(MEMORY_MB, maxMemoryMb);
  }

  /** Seconds of computing that an analysis gets. */
  seconds(kind: WorkKind, options: Record<string, unknown>): number {
    if (kind !== 'learning_curve') return SECONDS[kind];
    const { budgetSeconds } = options as AnalysisOptions['learning_curve'];
    return budgetSeconds + SECONDS[kind];
  }

  limits(seconds: number): ContainerLimits {
    const tmpfsMb = Math.min(this.config.execution.tmpfsMb, Math.floor(this.memoryMb / 4));
    return {
      memoryMb: this.memoryMb,
      cpuPercent: Math.min(this.cpus * 100, this.config.execution.maxCpuPercent),
      pids: PROCESSES,
      tmpfsMb,
      fileSizeMb: FILE_MB,
      timeoutSeconds: seconds + EXTRA_SECONDS,
    };
  }
}
