import { jest } from '@jest/globals';
import { migrations } from '@modelwright/migrations';
import { ModelsModule } from '../models/models.module.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { FindingRepository } from './findings/finding.repository.js';
import type { RunFinding, RunFindingList } from './findings/finding.dto.js';
import type { RunResponse } from './run.dto.js';
import { flag } from './testing/fake-training-data.js';
import { trainer } from './testing/scripted-trainer.js';
import { TrainingWorld } from './testing/training-world.js';

jest.setTimeout(60_000);

const LEAK = {
  findingId: 'single_feature_power:tenure',
  kind: 'single_feature_power',
  severity: 'blocking',
  column: 'tenure',
  sentence: 'tenure alone predicts Churn almost perfectly.',
  evidence: { power: 0.99, rows: 400 },
};
const REASON = 'Known before the customer leaves; checked with sales.';

describe('Findings of the leakage sentinel', () => {
  let world: TrainingWorld;
  let project: Awaited<ReturnType<TrainingWorld['project']>>;
  let found: Record<string, unknown>[];
  let looks: boolean;

  beforeAll(async () => {
    world = await TrainingWorld.create(
      trainer((script) => {
        script.stage('explain');
        for (const finding of found) script.emit('finding', finding);
        script.stage('explain', 'finished');
        return script.succeed(0.85, {}, looks);
      }),
      { rooms: [ModelsModule, ProjectsModule] },
    );
  });
  beforeEach(async () => {
    project = await world.project();
    found = [];
    looks = true;
  });
  afterAll(() => world.close());

  const call = (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) =>
    world.test.request(method, `/api${path}`, {
      headers: project.editor.headers,
      ...(body === undefined ? {} : { body }),
    });
  const trained = async (body: Record<string, unknown> = {}): Promise<RunResponse> =>
    world.ended((await world.start(project, body)).id, project.editor);
  const findings = async (run: RunResponse): Promise<RunFindingList> =>
    (await call('GET', `/runs/${run.id}/findings`)).body;
  const waive = (run: RunResponse, finding: RunFinding | undefined, reason = REASON) =>
    call('POST', `/runs/${run.id}/findings/${finding?.id}/waive`, { reason });
  const promote = (run: RunResponse) =>
    call('PUT', `/models/${run.modelId}/aliases/champion`, {
      modelVersionId: run.modelVersionId,
      reason: 'the first of its kind',
    });
  const check = async (run: RunResponse) => {
    const preview = await call('GET', `/model-versions/${run.modelVersionId}/promotion`);
    return preview.body.checks.find(({ code }: { code: string }) => code === 'findings');
  };

  /** As the version tells them, and as the list of models does. */
  const openFindings = async (run: RunResponse): Promise<unknown[]> => {
    const version = await call('GET', `/model-versions/${run.modelVersionId}`);
    const list = await call('GET', `/projects/${project.projectId}/models`);
    return [version.body.openFindings, list.body.items[0].latestVersion.openFindings];
  };

  it('keeps a blocking finding from being promoted until it is waived with a reason that stays', async () => {
    found = [LEAK];
    const run = await trained();

    const refused = await promote(run);
    const [finding] = (await findings(run)).items;
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain('tenure alone predicts Churn');
    expect(finding).toMatchObject({ phase: 'after', severity: 'blocking', state: 'open', history: [] });
    expect(await check(run)).toMatchObject({ state: 'failed', required: true, canBeWaived: false });
    expect(await openFindings(run)).toEqual([1, 1]);

    const waived = await waive(run, finding);
    expect(waived).toMatchObject({
      status: 200,
      body: { state: 'waived', waiver: { reason: REASON, by: 'Ada', decision: 'waived' } },
    });
    expect(await check(run)).toMatchObject({
      state: 'waived',
      waiver: { reason: `tenure: ${REASON}`, by: 'Ada' },
    });
    expect((await promote(run)).status).toBe(200);
    expect(await openFindings(run)).toEqual([0, 0]);
  });

  it('keeps every decision when a waiver is withdrawn', async () => {
    found = [LEAK];
    const run = await trained();
    const [finding] = (await findings(run)).items;
    await waive(run, finding);

    const withdrawn = await call('POST', `/runs/${run.id}/findings/${finding?.id}/withdraw`, {});
    const again = await call('POST', `/runs/${run.id}/findings/${finding?.id}/withdraw`, {});

    expect(withdrawn.body).toMatchObject({
      state: 'open',
      waiver: null,
      history: [{ decision: 'waived', reason: REASON }, { decision: 'withdrawn' }],
    });
    expect(again.status).toBe(409);
    expect((await findings(run)).openBlocking).toBe(1);
    expect((await promote(run)).status).toBe(409);
  });

  it('refuses a second waiver, a short reason and a finding of another run', async () => {
    found = [LEAK];
    const [run, other] = [await trained(), await trained()];
    const [finding] = (await findings(run)).items;

    expect((await waive(run, finding, 'fine')).status).toBe(400);
    expect((await waive(other, finding)).body).toMatchObject({
      status: 404,
      type: expect.stringContaining('finding-not-found'),
    });
    await waive(run, finding);
    expect((await waive(run, finding)).status).toBe(409);
  });

  it('says that nothing was found only when the run has looked', async () => {
    const run = await trained();

    expect(await findings(run)).toMatchObject({ items: [], openBlocking: 0, lookedAfter: true });
    expect(await check(run)).toMatchObject({ state: 'ok', detail: 'Nothing was found.' });
  });

  it('are no clean bill when there was no time to look; a reason lets the model pass', async () => {
    looks = false;
    const run = await trained();

    expect(await findings(run)).toMatchObject({ items: [], lookedAfter: false });
    expect(await check(run)).toMatchObject({ state: 'not-tried', required: true, canBeWaived: true });
    expect((await promote(run)).status).toBe(409);
    const waived = await call('POST', `/model-versions/${run.modelVersionId}/waivers`, {
      check: 'findings',
      reason: REASON,
    });
    expect(waived.status).toBeLessThan(300);
    expect((await promote(run)).status).toBe(200);
  });

  it('were looked for by runs of earlier versions, which told of no stage for it (E4)', async () => {
    looks = false;
    const run = await trained();
    const told = migrations.find(({ name }) => name.startsWith('TellEarlierChecks'));
    if (!told) throw new Error('The migration is not listed.');
    const runner = world.test.dataSource.createQueryRunner();
    try {
      await new told().up(runner);
      expect((await findings(run)).lookedAfter).toBe(true);
      await new told().down(runner);
      expect((await findings(run)).lookedAfter).toBe(false);
    } finally {
      await runner.release();
    }
  });

  it('are told anew when the run may have no more of them, and the rest is left out', async () => {
    const run = await trained();
    const repository = world.test.app.get(FindingRepository);
    const scope = SystemScope.forBackgroundWork(project.projectId);
    const tell = (first: number, count: number, sentence: string) =>
      world.test.dataSource.transaction((manager) =>
        repository.upsert(
          scope,
          run.id,
          Array.from({ length: count }, (_, index) => ({
            key: `constant:column ${first + index}`,
            phase: 'after',
            kind: 'constant',
            severity: 'info',
            column: null,
            sentence,
            evidence: {},
            foundAt: new Date(0).toISOString(),
          })),
          manager,
        ),
      );

    await tell(0, 500, 'Always the same.');
    await tell(499, 2, 'Nearly always the same.');

    const told = await repository.of(scope, run.id);
    expect(told).toHaveLength(500);
    expect(told.filter(({ sentence }) => sentence === 'Nearly always the same.')).toMatchObject([
      { key: 'constant:column 499' },
    ]);
  });

  it('begins a run with what the table is known for, in the shape of what is found later', async () => {
    project = {
      ...project,
      table: await world.data.add(world.test.dataSource, project.projectId, {
        flags: [
          flag('target-leak', 'tenure', {
            severity: 'error',
            target: 'Churn',
            reason: 'It copies the target.',
          }),
        ],
      }),
    };
    const request = { includedColumns: ['tenure'] };
    const preview = await call('POST', `/projects/${project.projectId}/runs/preview`, {
      datasetId: project.table.datasetId,
      ...request,
    });
    found = [LEAK];
    const run = await trained(request);

    expect(preview.body.warnings).toContainEqual(
      expect.objectContaining({ findingKey: 'target-leak:tenure', severity: 'serious', column: 'tenure' }),
    );
    expect((await findings(run)).items).toMatchObject([
      { key: 'single_feature_power:tenure', phase: 'after', severity: 'blocking' },
      { key: 'target-leak:tenure', phase: 'before', severity: 'blocking', title: 'Gives the target away' },
    ]);
    expect((await check(run)).numbers).toMatchObject({ blocking: 2, open: 2 });
  });
});
