import { FakeContainerRuntime, type FakeProgram } from '@modelwright/container-runtime';
import type { AnalysisKind } from '@modelwright/contracts';
import { DatasetsService } from '../../datasets/datasets.service.js';
import { fakeModel, serves, type FakeModel } from '../../serving/testing/fake-model-server.js';
import type { TestDatabase, TestResponse } from '../../testing/index.js';
import type { FakeTrainingData } from '../../training/testing/fake-training-data.js';
import { trainer } from '../../training/testing/scripted-trainer.js';
import { TrainingWorld } from '../../training/testing/training-world.js';
import type { AnalysisPage, AnalysisResponse } from '../analysis.dto.js';
import { InsightsModule } from '../insights.module.js';

const DEADLINE_MS = 20_000;

export interface Kept {
  database?: TestDatabase;
  home?: string;
  runtime?: FakeContainerRuntime;
  data?: FakeTrainingData;
}

/** The insights room on a real database and real sockets, with containers and tables made up. */
export class InsightsWorld {
  readonly model: FakeModel = fakeModel();
  versionId = '';

  private constructor(
    readonly training: TrainingWorld,
    readonly project: Awaited<ReturnType<TrainingWorld['project']>>,
  ) {}

  /** A project with one model version, whose analyses run `program`. */
  static async create(program: FakeProgram, kept: Kept = {}): Promise<InsightsWorld> {
    const runtime = kept.runtime ?? new FakeContainerRuntime();
    runtime.program('insight', program);
    const training = await TrainingWorld.create(
      trainer((script) => script.succeed()),
      { rooms: [InsightsModule], ...kept, runtime },
    );
    // What the datasets room would say of the version; its bytes are no table.
    DatasetsService.prototype.getVersionForTraining = async (scope, datasetId) => {
      const table = await training.data.table(scope, { datasetId });
      return { ...table, contentSha256: '', profile: undefined, target: null, targetProblem: null } as never;
    };
    const world = new InsightsWorld(training, await training.project());
    runtime.program('session', serves(world.model));
    const run = await training.start(world.project);
    const ended = await training.ended(run.id, world.project.editor);
    world.versionId = ended.modelVersionId ?? '';
    return world;
  }

  get runtime(): FakeContainerRuntime {
    return this.training.runtime;
  }

  service<T>(type: new (...parameters: never[]) => T): T {
    return this.training.test.app.get(type);
  }

  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<TestResponse> {
    return this.training.test.request(method, `/api${path}`, {
      headers: this.project.editor.headers,
      ...(body === undefined ? {} : { body }),
    });
  }

  request(kind: AnalysisKind, options?: unknown): Promise<TestResponse> {
    return this.call('POST', `/model-versions/${this.versionId}/analyses`, {
      kind,
      ...(options === undefined ? {} : { options }),
    });
  }

  async ask(kind: AnalysisKind = 'shap_row', options?: unknown): Promise<AnalysisResponse> {
    const response = await this.request(kind, options);
    if (response.status !== 200) throw new Error(`${response.status} ${response.text}`);
    return response.body;
  }

  async get(id: string): Promise<AnalysisResponse> {
    return (await this.call('GET', `/analyses/${id}`)).body;
  }

  async list(): Promise<AnalysisPage> {
    return (await this.call('GET', `/model-versions/${this.versionId}/analyses`)).body;
  }

  until(id: string, condition: (analysis: AnalysisResponse) => boolean): Promise<AnalysisResponse> {
    return eventually(async () => {
      const now = await this.get(id);
      return condition(now) ? now : undefined;
    });
  }

  ended(id: string): Promise<AnalysisResponse> {
    return this.until(id, ({ finishedAt }) => finishedAt !== null);
  }

  close(): Promise<void> {
    return this.training.close();
  }
}

export async function eventually<T>(check: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > end) throw new Error(`Not within ${DEADLINE_MS} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
