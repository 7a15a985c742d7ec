import { ContainerRuntime } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import v8 from 'node:v8';
import { AppConfig } from '../config/app-config.js';
import { RuntimeImage } from '../containers/runtime-image.js';
import { VERSION } from '../version.js';
import type { HealthCheck, HealthResponse } from './health.dto.js';

const CHECK_TIMEOUT_MS = 2_500;
/** Health is public, so asking often must not cost more than asking now and then. */
const FRESH_MS = 1_000;
const MEMORY_DEGRADED = 0.85;
const MEMORY_ERROR = 0.95;
const MIB = 1024 * 1024;

type Finding = Omit<HealthCheck, 'latencyMs'>;

/** Looks at what the product stands on (E9). Never throws. */
@Injectable()
export class HealthService {
  private last: { answer: Promise<HealthResponse>; at: number } | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly runtime: ContainerRuntime,
    private readonly image: RuntimeImage,
    private readonly config: AppConfig,
  ) {}

  check(): Promise<HealthResponse> {
    if (!this.last || Date.now() - this.last.at > FRESH_MS)
      this.last = { answer: this.look(), at: Date.now() };
    return this.last.answer;
  }

  async databaseAnswers(): Promise<boolean> {
    return (await timed(() => this.database())).status === 'ok';
  }

  private async look(): Promise<HealthResponse> {
    const [database, docker, runtimeImage, memory] = await Promise.all([
      timed(() => this.database()),
      timed(() => this.docker()),
      timed(() => this.runtimeImage()),
      timed(() =>
        Promise.resolve(memoryFinding(process.memoryUsage.rss(), heapUse(), process.constrainedMemory())),
      ),
    ]);
    const critical = [database, memory].some(({ status }) => status === 'error');
    const all = [database, docker, runtimeImage, memory].every(({ status }) => status === 'ok');
    return {
      status: critical ? 'error' : all ? 'ok' : 'degraded',
      version: VERSION,
      checks: { database, docker: softened(docker), runtimeImage: softened(runtimeImage), memory },
    };
  }

  private async database(): Promise<Finding> {
    await this.dataSource.query('SELECT 1');
    return { status: 'ok', message: 'The database answers.' };
  }

  private async docker(): Promise<Finding> {
    if (!this.config.execution.dockerEnabled)
      return {
        status: 'degraded',
        message: 'Containers are switched off (DOCKER_ENABLED=false): models cannot be trained or served.',
      };
    const info = await this.runtime.info();
    if (info.state !== 'ok') return { status: 'degraded', message: info.reason };
    const limits = info.warnings.length > 0 ? ` ${info.warnings.join(' ')}` : '';
    return {
      status: info.warnings.length > 0 ? 'degraded' : 'ok',
      message: `Docker ${info.engineVersion} answers.${limits}`,
    };
  }

  private async runtimeImage(): Promise<Finding> {
    const { state, message, percent, missingLibraries } = await this.image.state();
    if (state === 'ready') return { status: missingLibraries.length > 0 ? 'degraded' : 'ok', message };
    return {
      status: 'degraded',
      message: percent === null ? message : `${message} (${Math.round(percent)} %)`,
    };
  }
}

async function timed(check: () => Promise<Finding>): Promise<HealthCheck> {
  const begin = performance.now();
  const finding = await Promise.race([check().catch(failed), timeout()]);
  return { ...finding, latencyMs: Math.round((performance.now() - begin) * 10) / 10 };
}

/** What went wrong goes to the log of whoever asked for it; the public sentence holds no inside. */
function failed(): Finding {
  return { status: 'error', message: 'It does not answer.' };
}

function timeout(): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  setTimeout(
    () => resolve({ status: 'error', message: `No answer within ${CHECK_TIMEOUT_MS / 1_000} s.` }),
    CHECK_TIMEOUT_MS,
  ).unref();
  return promise;
}

/** Docker and its image are never critical: reading and predicting go on without them. */
function softened(check: HealthCheck): HealthCheck {
  return check.status === 'error' ? { ...check, status: 'degraded' } : check;
}

function heapUse(): { used: number; limit: number } {
  const { used_heap_size: used, heap_size_limit: limit } = v8.getHeapStatistics();
  return { used, limit };
}

/**
 * @param rss resident bytes of this process
 * @param heap JavaScript heap and its limit, in bytes
 * @param constrained memory limit of the control group in bytes; 0 or a huge number when there is none
 */
export function memoryFinding(
  rss: number,
  heap: { used: number; limit: number },
  constrained: number,
): Finding {
  const limited = constrained > 0 && constrained < 2 ** 52;
  const share = Math.max(heap.used / heap.limit, limited ? rss / constrained : 0);
  const message = `${Math.round(rss / MIB)} MiB in use, ${Math.round(share * 100)} % of what the process may have.`;
  if (share >= MEMORY_ERROR) return { status: 'error', message };
  return { status: share >= MEMORY_DEGRADED ? 'degraded' : 'ok', message };
}
