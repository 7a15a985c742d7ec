import { ContainerRuntime } from '@modelwright/container-runtime';
import { Injectable } from '@nestjs/common';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { AppConfig } from '../config/app-config.js';
import { RUNTIME_LIBRARIES, RuntimeImage } from '../containers/runtime-image.js';
import { VERSION } from '../version.js';
import { Freeze } from './freeze.js';
import type { SystemInfoResponse } from './system.dto.js';

/** What the console tells about the installation. */
@Injectable()
export class SystemInfoService {
  constructor(
    private readonly config: AppConfig,
    private readonly dataSource: DataSource,
    private readonly runtime: ContainerRuntime,
    private readonly image: RuntimeImage,
    private readonly freeze: Freeze,
  ) {}

  async read(): Promise<SystemInfoResponse> {
    const { config } = this;
    const [database, engine, image, freeze] = await Promise.all([
      this.database(),
      this.engine(),
      this.image.state(),
      this.freeze.state(),
    ]);
    const { version, missingLibraries, engines, imageId: _, inputsHash: __, ...imageState } = image;
    return {
      version: VERSION,
      installationId: config.installationId,
      database,
      execution: {
        enabled: config.execution.dockerEnabled,
        engine,
        network: config.execution.network,
        isolation: isolationOf(config.execution.network),
        maxMemoryMb: config.execution.maxMemoryMb,
        maxCpuPercent: config.execution.maxCpuPercent,
      },
      runtimeImage: {
        ...imageState,
        version,
        engines: [...engines],
        libraries:
          image.state === 'ready'
            ? RUNTIME_LIBRARIES.map((name) => ({ name, available: !isMissing(name, missingLibraries) }))
            : [],
      },
      limits: {
        uploadMaxMb: config.datasets.uploadMaxMb,
        activeDeploymentsPerProject: config.deployments.maxActivePerProject,
      },
      freeze,
    };
  }

  private async database(): Promise<SystemInfoResponse['database']> {
    const rows = await this.dataSource.query<{ server_version: string }[]>('SHOW server_version');
    const embedded = existsSync(join(this.config.home, 'postgres'));
    return { kind: embedded ? 'embedded' : 'external', version: rows[0]?.server_version ?? 'unknown' };
  }

  private async engine(): Promise<string> {
    const info = await this.runtime.info();
    return info.state === 'ok' ? `Docker ${info.engineVersion}` : info.reason;
  }
}

function isolationOf(network: string): string {
  return network === 'automl-sandbox'
    ? 'Training and serving have no network at all; code of users reaches nothing outside.'
    : `Training and serving have no network at all; containers that need one join "${network}", as the operator chose.`;
}

/** Images name missing libraries by import name or by package name. */
function isMissing(library: string, missing: readonly string[]): boolean {
  const names = library === 'scikit-learn' ? ['scikit-learn', 'sklearn'] : [library];
  return missing.some((name) => names.includes(name.toLowerCase()));
}
