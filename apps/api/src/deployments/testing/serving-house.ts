import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContainerRuntime, FakeContainerRuntime } from '@modelwright/container-runtime';
import type { ModelContract, ModelEvaluation } from '@modelwright/contracts';
import type { Type } from '@nestjs/common';
import { v7 as uuid } from 'uuid';
import type { z } from 'zod';
import type { DeploymentResponse } from '../deployment.dto.js';
import { CompiledForms, type CompiledForm } from '../../models/compiled-forms.service.js';
import { ModelsService } from '../../models/models.service.js';
import { createTestApp, type TestApp, type TestDatabase, type TestPerson } from '../../testing/index.js';
import { ServingSupervisor } from '../serving/serving-supervisor.js';
import { DeploymentsModule } from '../deployments.module.js';
import { fakeModel, serves, type FakeModel } from '../../serving/testing/fake-model-server.js';

type DeploymentState = z.infer<typeof DeploymentResponse>;

export const CONTRACT: ModelContract = {
  schemaVersion: 1,
  task: 'binary',
  target: { name: 'churned', type: 'category' },
  output: { kind: 'class', classes: ['no', 'yes'], positiveClass: 'yes' },
  inputs: [
    { name: 'months', type: 'integer', nullable: true, required: true, min: 0, max: 60 },
    {
      name: 'plan',
      type: 'category',
      nullable: true,
      required: false,
      categories: [{ value: 'basic', count: 3 }],
      categoryCount: 1,
    },
  ],
  example: { months: 12, plan: 'basic' },
};

/** By model version; shared by all houses of a test file, as the stand-in below is. */
const compiledForms = new Map<string, CompiledForm>();

/** The deployments room with real Postgres, real sockets, and containers that answer from memory. */
export interface ServingHouse {
  readonly test: TestApp;
  readonly runtime: FakeContainerRuntime;
  readonly model: FakeModel;
  /** Model servers of certain versions; the others are `model`. */
  readonly models: Map<string, FakeModel>;
  readonly projectId: string;
  readonly owner: TestPerson;
  readonly editor: TestPerson;
  readonly viewer: TestPerson;
  readonly stranger: TestPerson;
  readonly modelVersionId: string;
  /** What the trainer made of each model version besides its pickle; by default nothing. */
  readonly compiledForms: Map<string, CompiledForm>;
  create(body?: Record<string, unknown>): Promise<{ id: string; endpointSlug: string }>;
  createReady(body?: Record<string, unknown>): Promise<{ id: string; endpointSlug: string }>;
  state(id: string): Promise<DeploymentState>;
  /** A round of the health loop, now. */
  health(): Promise<void>;
  eventually<T>(check: () => Promise<T | undefined | false>): Promise<T>;
  predict(id: string, body: unknown, headers?: Record<string, string>): ReturnType<TestApp['request']>;
}

export async function openServingHouse(
  environment: Record<string, string> = {},
  kept: {
    database?: TestDatabase;
    runtime?: FakeContainerRuntime;
    listen?: number;
    /** Rooms above this one. */
    rooms?: readonly Type[];
  } = {},
): Promise<ServingHouse> {
  const runtime = kept.runtime ?? new FakeContainerRuntime();
  const model = fakeModel();
  const models = new Map<string, FakeModel>();
  runtime.program(
    'serving',
    serves(model, (folder) => models.get(readFileSync(join(folder, 'version.txt'), 'utf8')) ?? model),
  );
  // Before the app starts: it brings back deployments of an earlier life at once.
  ModelsService.prototype.materialiseArtifact = async (_scope, id, folder) => {
    await writeFile(join(folder, 'version.txt'), id);
    await writeFile(join(folder, 'manifest.json'), '{}');
  };
  CompiledForms.prototype.read = (_scope, id) =>
    Promise.resolve(compiledForms.get(id) ?? { reason: 'It was not compiled.', canTranslate: false });
  const test = await createTestApp({
    rooms: [DeploymentsModule, ...(kept.rooms ?? [])],
    environment: { DOCKER_ENABLED: 'true', ...environment },
    ...(kept.database ? { database: kept.database } : {}),
    ...(kept.listen === undefined ? {} : { listen: kept.listen }),
    override: (builder) => builder.overrideProvider(ContainerRuntime).useValue(runtime),
  });
  const cast = await test.people.cast();
  const modelVersionId = await insertModel(test, cast.projectId);

  const state = async (id: string) =>
    (await test.request('GET', `/api/deployments/${id}`, { headers: cast.owner.headers }))
      .body as DeploymentState;
  const create = async (body: Record<string, unknown> = {}) => {
    const path = `/api/projects/${cast.projectId}/deployments`;
    const answer = await test.request('POST', path, {
      headers: cast.editor.headers,
      body: { modelVersionId, ...body },
    });
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body as { id: string; endpointSlug: string };
  };
  return {
    test,
    runtime,
    model,
    models,
    ...cast,
    modelVersionId,
    compiledForms,
    create,
    createReady: async (body) => {
      const deployment = await create(body);
      await eventually(async () => (await state(deployment.id))['observedState'] === 'ready');
      return deployment;
    },
    state,
    health: () => test.app.get(ServingSupervisor).healthLoop(),
    eventually,
    predict: (id, body, headers = cast.viewer.headers) =>
      test.request('POST', `/api/deployments/${id}/predict`, { headers, body }),
  };
}

/** Generous, for busy machines, and shorter than any test that waits may take. */
const DEADLINE_MS = 50_000;

async function eventually<T>(check: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > end) throw new Error(`Not within ${DEADLINE_MS} ms: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** What a run finds out about its winner: ROC AUC with its interval. */
export const evaluationOf = (value: number, low: number, high: number): ModelEvaluation => ({
  metric: { name: 'roc_auc', greaterIsBetter: true },
  holdout: { rows: 400, metrics: [{ name: 'roc_auc', value, low, high, greaterIsBetter: true }] },
  crossValidation: { folds: 5, scores: [value, value, value, value, value], mean: value, std: 0.01 },
  baseline: { score: 0.5, holdoutScore: 0.5 },
  sentence: `ROC AUC ${value} on held-out rows.`,
});

/** A model version by itself: what it was made of is another room's matter, so its references are not checked here. */
export async function insertModel(
  test: TestApp,
  projectId: string,
  {
    number = 1,
    contract = CONTRACT,
    evaluation,
    family,
  }: { number?: number; contract?: ModelContract; evaluation?: ModelEvaluation; family?: string } = {},
): Promise<string> {
  const [modelId, versionId] = [uuid(), uuid()];
  await test.dataSource.transaction(async (manager) => {
    await manager.query(`SET LOCAL session_replication_role = replica`);
    await manager.query(
      `INSERT INTO model (id, project_id, name, task, target, dataset_id, dataset_name, last_number) VALUES ($1, $2, $3, 'binary', 'churned', $4, 'churn', 1)`,
      [modelId, projectId, `churn ${versionId}`, uuid()],
    );
    await manager.query(
      `INSERT INTO model_version (id, project_id, model_id, number, run_id, run_name, dataset_version_id, dataset_version_number, data_sha256,
         artifact_key, artifact_sha256, size_bytes, winner, seed, contract, evaluation, environment, manifest)
       VALUES ($1, $2, $3, $7, $4, 'run', $5, 1, '', '', '', 1, $9, 1, $6, $8, '{}', '{"files":[]}')`,
      [
        versionId,
        projectId,
        modelId,
        uuid(),
        uuid(),
        JSON.stringify(contract),
        number,
        JSON.stringify(evaluation ?? {}),
        JSON.stringify(family === undefined ? {} : { candidateId: family, family, label: family }),
      ],
    );
  });
  return versionId;
}
