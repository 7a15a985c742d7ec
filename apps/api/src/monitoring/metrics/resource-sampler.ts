import {
  ContainerRuntime,
  isContainerRuntimeError,
  type ContainerStats,
  type ContainerSummary,
} from '@modelwright/container-runtime';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../../platform/config/app-config.js';
import { messageOf } from '../../platform/database/data-source.js';
import { MetricsRepository, type ResourceSample } from './metrics.repository.js';

const SAMPLE_EVERY_MS = 15_000;
/** The engine gives the first comparable sample after one to two seconds. */
const SAMPLE_DEADLINE_MS = 10_000;
const AT_ONCE = 4;

/**
 * One sample of every model server each 15 seconds, into sums by minute and hour. Several replicas sample each for
 * themselves: means and highest values stay right.
 */
@Injectable()
export class ResourceSampler implements OnModuleDestroy {
  private readonly log = new Logger(ResourceSampler.name);
  private readonly stopping = new AbortController();
  private round: Promise<void> | undefined;
  private failing = false;

  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly repository: MetricsRepository,
    private readonly config: AppConfig,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.round;
  }

  /** A round that is still going on when the next is due goes on alone. */
  @Interval('serving-resources', SAMPLE_EVERY_MS)
  sample(): Promise<void> {
    if (!this.config.execution.dockerEnabled || this.stopping.signal.aborted) return Promise.resolve();
    this.round ??= this.sampleAll().finally(() => (this.round = undefined));
    return this.round;
  }

  private async sampleAll(): Promise<void> {
    try {
      const containers = await this.runtime.list({ kind: 'serving' });
      const running = containers.filter((container) => container.state === 'running');
      for (let start = 0; start < running.length; start += AT_ONCE) {
        const some = running.slice(start, start + AT_ONCE);
        const samples = await Promise.all(some.map((container) => this.sampleOf(container)));
        await this.repository.addSamples(samples.flatMap((sample) => sample ?? []));
      }
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopping.signal.aborted)
        this.log.warn(`Model servers could not be measured: ${messageOf(error)}`);
      this.failing = true;
    }
  }

  private async sampleOf(container: ContainerSummary): Promise<ResourceSample | undefined> {
    const deadline = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(SAMPLE_DEADLINE_MS)]);
    try {
      const stats = await first(this.runtime.stats(container.id, { signal: deadline }));
      return stats && { serverId: container.ownerId, ...stats };
    } catch (error) {
      // It ended in this moment, or the engine is slow: a gap in the figures, nothing more.
      if (isContainerRuntimeError(error) || deadline.aborted) return undefined;
      throw error;
    }
  }
}

async function first(samples: AsyncIterable<ContainerStats>): Promise<ContainerStats | undefined> {
  for await (const sample of samples) return sample;
  return undefined;
}
