import { jest } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContainerRuntime, DockerContainerRuntime } from '@modelwright/container-runtime';
import { Global, Module } from '@nestjs/common';
import { filter, firstValueFrom, from, merge, mergeMap } from 'rxjs';
import { ModelsModule } from '../models/models.module.js';
import { ModelsService } from '../models/models.service.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { createTestApp, type TestApp, type TestPerson } from '../testing/index.js';
import { RunSignals } from './run-signals.js';
import type { RunResponse } from './run.dto.js';
import { TrainingModule } from './training.module.js';

jest.setTimeout(180_000);

const home = mkdtempSync(join(tmpdir(), 'modelwright-engine-'));
const runtime = new DockerContainerRuntime({
  installationId: `training-${process.pid}`,
  allowedMountRoots: [home],
});

@Global()
@Module({ providers: [{ provide: ContainerRuntime, useValue: runtime }], exports: [ContainerRuntime] })
class Engine {}

/** Two features that decide, one that does not, an identifier. */
function table(rows: number): string {
  const lines = ['customer,tenure,plan,noise,left'];
  for (let row = 0; row < rows; row++) {
    const tenure = (row * 37) % 72;
    const plan = ['month', 'year', 'two years'][row % 3];
    const noise = (row * 7919) % 100;
    const leaves = tenure < 20 && plan === 'month' ? row % 10 !== 0 : row % 17 === 0;
    lines.push(`C-${100_000 + row},${tenure},${plan},${noise},${leaves ? 'yes' : 'no'}`);
  }
  return `${lines.join('\n')}\n`;
}

describe('A run on a real engine', () => {
  let test: TestApp;
  let editor: TestPerson;
  let projectId: string;
  let datasetId: string;

  beforeAll(async () => {
    test = await createTestApp({
      rooms: [Engine, TrainingModule, ModelsModule],
      override: (builder) => builder.overrideProvider(ContainerRuntime).useValue(runtime),
      environment: {
        MODELWRIGHT_HOME: home,
        EXECUTION_MAX_MEMORY_MB: '2048',
        EXECUTION_MAX_CPU_PERCENT: '200',
      },
    });
    editor = await test.people.signIn({ name: 'Grace' });
    projectId = await test.people.createProject([{ person: editor, role: 'editor' }]);
    const form = new FormData();
    form.append('file', new Blob([table(600)], { type: 'text/csv' }), 'leavers.csv');
    const request = new Request('http://test.invalid/', { method: 'POST', body: form });
    const response = await test.app.inject({
      method: 'POST',
      url: `/api/projects/${projectId}/datasets?waitSeconds=30`,
      headers: { ...editor.headers, 'content-type': request.headers.get('content-type') ?? '' },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    if (response.statusCode !== 201)
      throw new Error(`The upload answered ${response.statusCode}: ${response.body}`);
    datasetId = JSON.parse(response.body).id;
  });

  afterAll(async () => {
    for (const { id } of await runtime.list()) await runtime.remove(id);
    await test.close();
    await runtime.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function start(body: Record<string, unknown> = {}): Promise<RunResponse> {
    const response = await test.request('POST', `/api/projects/${projectId}/runs`, {
      headers: editor.headers,
      body: { datasetId, target: 'left', preset: 'custom', budgetSeconds: 20, ...body },
    });
    if (response.status !== 201) throw new Error(`createRun answered ${response.status}: ${response.text}`);
    return response.body;
  }

  async function until(runId: string, condition: (run: RunResponse) => boolean): Promise<RunResponse> {
    const get = async (): Promise<RunResponse> =>
      (await test.request('GET', `/api/runs/${runId}`, { headers: editor.headers })).body;
    const looks = merge(from([undefined]), test.app.get(RunSignals).of(runId)).pipe(mergeMap(get));
    return firstValueFrom(looks.pipe(filter(condition)));
  }

  it('finds a model that is better than guessing, and leaves nothing behind', async () => {
    const { id } = await start();

    const run = await until(id, (seen) => seen.finishedAt !== null);

    expect(run).toMatchObject({ status: 'succeeded', failure: null, task: 'binary' });
    expect(run.bestScore).toBeGreaterThan((run.baselineScore ?? 1) + 0.2);
    expect(run.excludedColumns).toEqual([
      expect.objectContaining({ column: 'customer', code: 'identifier' }),
    ]);
    const folder = join(home, 'served');
    await test.app
      .get(ModelsService)
      .materialiseArtifact(SystemScope.forBackgroundWork(projectId), run.modelVersionId ?? '', folder);
    expect(readdirSync(folder).sort()).toEqual(['contract.json', 'manifest.json', 'model.joblib']);
    const { body: version } = await test.request('GET', `/api/model-versions/${run.modelVersionId}`, {
      headers: editor.headers,
    });
    expect(version.contract.inputs.map((input: { name: string }) => input.name)).not.toContain('customer');
    expect(version.checks.map((check: { status: string }) => check.status)).not.toContain('failed');
  });

  it('is cancelled by its own trainer when that is asked for (R1)', async () => {
    const { id } = await start({ budgetSeconds: 600, name: 'to be cancelled' });
    await until(id, (seen) => seen.candidatesDone > 0);
    await test.request('POST', `/api/runs/${id}/cancel`, { headers: editor.headers });

    expect(await until(id, (seen) => seen.finishedAt !== null)).toMatchObject({
      status: 'cancelled',
      failure: null,
    });
  });

  it('stops and keeps the best', async () => {
    const { id } = await start({ budgetSeconds: 600, name: 'to be stopped' });
    await until(id, (seen) => seen.candidatesDone > 1);
    await test.request('POST', `/api/runs/${id}/stop`, { headers: editor.headers });

    const run = await until(id, (seen) => seen.finishedAt !== null);

    expect(run).toMatchObject({ status: 'succeeded', failure: null });
    expect(run.elapsedSeconds).toBeLessThan(600);
  });
});
