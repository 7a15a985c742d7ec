import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { FakeProcess } from '@modelwright/container-runtime';
import { compiledFile } from '../serving/testing/compiled-file.js';
import { COMPILED_FORM_CHANGED, CompiledForms } from '../models/compiled-forms.service.js';
import { ModelUsageRegistry } from '../models/model-usage.js';
import { SystemScope } from '../platform/authorization/project-scope.js';
import { Notifier } from '../platform/events/domain-events.js';
import { AnalysisReconciler } from './supervise/analysis-reconciler.js';
import { eventually, InsightsWorld } from './testing/insights-world.js';

jest.setTimeout(120_000);

const REPORT = { rowsChecked: 2000, maxDifference: 0, tolerance: 1e-9, seconds: 0.2 };
const NEVER_TRIED = 'It was trained before models were compiled.';

function formBytes(): Buffer {
  const form = compiledFile(1);
  if (!('bytes' in form)) throw new Error(form.reason);
  return form.bytes;
}

/** Ends as `python -m runtime.compiling` does. */
class Compiler {
  constructor(private readonly process: FakeProcess) {}

  write(name: string, content: string | Buffer): void {
    writeFileSync(join(this.process.hostPath('/workspace') ?? '', name), content);
  }

  compiled(bytes: Buffer, sha256 = createHash('sha256').update(bytes).digest('hex')): number {
    this.write('compiled.mwc', bytes);
    const told = { ...REPORT, status: 'compiled', reason: null, sizeBytes: bytes.length, sha256 };
    this.write('compiled.json', JSON.stringify(told));
    return 0;
  }

  refused(reason: string): number {
    const told = { ...REPORT, status: 'refused', reason, sizeBytes: null, sha256: null };
    this.write('compiled.json', JSON.stringify(told));
    return 3;
  }
}

describe('A translation after training', () => {
  let world: InsightsWorld;
  let script: (compiler: Compiler, process: FakeProcess) => number | Promise<number>;
  const path = () => `/model-versions/${world.versionId}/compiled-form`;
  const form = async () => (await world.call('GET', path())).body;
  const ended = () =>
    eventually(async () => {
      const now = await form();
      return now.translation?.finishedAt ? now : undefined;
    });
  const translate = async () => {
    const answer = await world.call('POST', path());
    expect(answer.status).toBe(200);
    return ended();
  };
  const kept = () =>
    world
      .service(CompiledForms)
      .read(SystemScope.forBackgroundWork(world.project.projectId), world.versionId);

  beforeAll(async () => {
    // Other questions about the versions come to nothing here.
    world = await InsightsWorld.create(async (process) =>
      process.spec.command.some((word) => word.includes('runtime.compiling'))
        ? script(new Compiler(process), process)
        : 1,
    );
  });
  beforeEach(async () => {
    script = (compiler) => compiler.compiled(formBytes());
    const { training, project } = world;
    const { modelVersionId } = await training.ended((await training.start(project)).id, project.editor);
    world.versionId = modelVersionId ?? '';
  });
  afterAll(() => world.close());

  it('gives a version its compiled form, from a closed container that sees nothing but the model', async () => {
    let seen: FakeProcess | undefined;
    script = (compiler, process) => {
      seen = process;
      return compiler.compiled(formBytes());
    };
    const told: string[] = [];
    const notifier = world.training.test.app.get(Notifier);
    const subscription = notifier.listen(COMPILED_FORM_CHANGED).subscribe((id) => told.push(id));
    expect(await form()).toMatchObject({
      isCompiled: false,
      reason: NEVER_TRIED,
      canTranslate: true,
      translation: null,
    });
    expect(await translate()).toMatchObject({
      isCompiled: true,
      reason: null,
      canTranslate: false,
      translation: { kind: 'translation', status: 'succeeded', automatic: false, createdBy: 'Ada' },
    });
    expect(await kept()).toEqual({ bytes: formBytes() });
    await eventually(() => Promise.resolve(told.includes(world.versionId)));
    subscription.unsubscribe();
    expect(seen?.spec).toMatchObject({ kind: 'insight', network: 'none' });
    expect(seen?.spec.command.join(' ')).toMatch(
      /runtime\.compiling.* \/model \/workspace --manifest-sha256 [0-9a-f]{64}/,
    );
    expect(seen?.spec.mounts.map(({ containerPath }) => containerPath)).toEqual([
      '/model',
      '/control',
      '/workspace',
    ]);
    expect(seen?.spec.mounts.filter(({ readOnly }) => !readOnly)).toHaveLength(1);
    expect((await world.list()).items.map(({ kind }) => kind)).not.toContain('translation');
    const again = await world.call('POST', path());
    expect(again).toMatchObject({ status: 422, body: { code: 'analysis-not-applicable' } });
  });

  it('that is refused says why for good, and is not offered again', async () => {
    script = (compiler) => compiler.refused('Free text has no translation.');
    expect(await translate()).toMatchObject({
      isCompiled: false,
      reason: 'Free text has no translation.',
      canTranslate: false,
      translation: { status: 'succeeded' },
    });
    const again = await world.call('POST', path());
    expect(again).toMatchObject({ status: 422, body: { code: 'analysis-not-applicable' } });
    expect(again.body.detail).toContain('Free text has no translation.');
  });

  it.each([
    ['other bytes than it names', (c: Compiler) => c.compiled(formBytes(), '0'.repeat(64)), /not the one/],
    ['a form that no loader takes', (c: Compiler) => c.compiled(Buffer.from('MWC?')), /refused/],
    ['no report', () => 0, /is missing/],
  ])('that leaves %s is not believed, and can be tried again', async (_name, broken, reason) => {
    script = (compiler) => broken(compiler);
    expect(await translate()).toMatchObject({
      isCompiled: false,
      canTranslate: true,
      translation: { status: 'failed', reason: expect.stringMatching(reason) },
    });
    expect(await kept()).toEqual({ reason: NEVER_TRIED, canTranslate: true });
    script = (compiler) => compiler.compiled(formBytes());
    const answer = await world.call('POST', path());
    expect(answer).toMatchObject({ status: 200 });
    await eventually(async () => (await form()).isCompiled);
  });

  it('is cancelled like an analysis', async () => {
    script = async (_compiler, process) => {
      await new Promise<void>((resolve) => process.stopped.addEventListener('abort', () => resolve()));
      return 143;
    };
    const asked = await world.call('POST', path());
    const { id } = asked.body.translation;
    await eventually(async () => (await form()).translation?.status === 'running');
    await world.call('POST', `/analyses/${id}/cancel`);
    expect(await ended()).toMatchObject({ isCompiled: false, translation: { status: 'cancelled' } });
  });

  it('is asked for once by itself when the version is to answer calls', async () => {
    const { projectId } = world.project;
    world.service(ModelUsageRegistry).register({
      usersOf: () => Promise.resolve([]),
      servedVersions: () => Promise.resolve([{ id: world.versionId, projectId }]),
    });
    script = (compiler) => compiler.refused('Free text has no translation.');
    await world.service(AnalysisReconciler).reconcile();
    const { translation } = await ended();
    expect(translation).toMatchObject({ status: 'succeeded', automatic: true, createdBy: null });
    await world.service(AnalysisReconciler).reconcile();
    expect((await form()).translation).toMatchObject({ finishedAt: translation.finishedAt });
  });
});
