import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerRuntime, FakeContainerRuntime, type FakeProgram } from '@modelwright/container-runtime';
import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { filter, firstValueFrom, from, merge, mergeMap } from 'rxjs';
import { createTestApp, type TestApp, type TestDatabase, type TestPerson } from '../../testing/index.js';
import type { TrainingTable } from '../plan/training-table.js';
import { RunSignals } from '../run-signals.js';
import type { RunResponse } from '../run.dto.js';
import { RunDriver } from '../supervise/run-driver.js';
import { TrainingData } from '../training-data.js';
import { TrainingSettings } from '../training-settings.js';
import { TrainingModule } from '../training.module.js';
import { FakeTrainingData } from './fake-training-data.js';

@Global()
@Module({})
class Fakes {
  static of(runtime: FakeContainerRuntime): DynamicModule {
    return {
      module: Fakes,
      providers: [{ provide: ContainerRuntime, useValue: runtime }],
      exports: [ContainerRuntime],
    };
  }
}

/** The training room on a real database, with containers and tables made up. */
export class TrainingWorld {
  private constructor(
    readonly test: TestApp,
    readonly runtime: FakeContainerRuntime,
    readonly data: FakeTrainingData,
    private readonly folder: string,
  ) {}

  static async create(
    program: FakeProgram,
    options: {
      /** Rooms above training. */
      rooms?: readonly Type[];
      runtime?: FakeContainerRuntime;
      data?: FakeTrainingData;
      database?: TestDatabase;
      /** Home of the installation, to keep it when the API is started again. */
      home?: string;
      settings?: Partial<TrainingSettings>;
      environment?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<TrainingWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'modelwright-training-'));
    const runtime = (options.runtime ?? new FakeContainerRuntime()).program('training', program);
    const data = options.data ?? new FakeTrainingData(folder);
    const test = await createTestApp({
      rooms: [Fakes.of(runtime), TrainingModule, ...(options.rooms ?? [])],
      override: (builder) =>
        builder
          .overrideProvider(ContainerRuntime)
          .useValue(runtime)
          .overrideProvider(TrainingData)
          .useValue(data),
      ...(options.database ? { database: options.database } : {}),
      environment: {
        EXECUTION_MAX_CPU_PERCENT: '100',
        ...options.environment,
        ...(options.home === undefined ? {} : { MODELWRIGHT_HOME: options.home }),
      },
    });
    Object.assign(test.app.get(TrainingSettings), { concurrency: 1, ...options.settings });
    return new TrainingWorld(test, runtime, data, folder);
  }

  async project(): Promise<{ projectId: string; editor: TestPerson; table: TrainingTable }> {
    const editor = await this.test.people.signIn({ name: 'Ada' });
    const projectId = await this.test.people.createProject([{ person: editor, role: 'editor' }]);
    return { projectId, editor, table: await this.data.add(this.test.dataSource, projectId) };
  }

  async start(
    { projectId, editor, table }: { projectId: string; editor: TestPerson; table: TrainingTable },
    body: Record<string, unknown> = {},
  ): Promise<RunResponse> {
    const response = await this.test.request('POST', `/api/projects/${projectId}/runs`, {
      headers: editor.headers,
      body: { datasetId: table.datasetId, ...body },
    });
    if (response.status !== 201) throw new Error(`createRun answered ${response.status}: ${response.text}`);
    return response.body;
  }

  async get(runId: string, person: TestPerson): Promise<RunResponse> {
    const response = await this.test.request('GET', `/api/runs/${runId}`, { headers: person.headers });
    if (response.status !== 200) throw new Error(`getRun answered ${response.status}: ${response.text}`);
    return response.body;
  }

  /** Resolves when the run looks like that. */
  async until(
    runId: string,
    person: TestPerson,
    condition: (run: RunResponse) => boolean,
  ): Promise<RunResponse> {
    const signals = this.test.app.get(RunSignals);
    const looks = merge(from([undefined]), signals.of(runId)).pipe(mergeMap(() => this.get(runId, person)));
    return firstValueFrom(looks.pipe(filter(condition)));
  }

  ended(runId: string, person: TestPerson): Promise<RunResponse> {
    return this.until(runId, person, (run) => run.finishedAt !== null);
  }

  /** Resolves when nothing of the run is left on the host or in the engine. */
  async settled(runId: string): Promise<void> {
    await this.test.app.get(RunDriver).drive(runId, new AbortController().signal);
  }

  /** Ends the API and leaves containers as they are. */
  async stopApi(): Promise<void> {
    await this.test.close();
  }

  async close(): Promise<void> {
    await this.runtime.close();
    await this.test.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
