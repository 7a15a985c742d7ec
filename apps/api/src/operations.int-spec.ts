import { readFile } from 'node:fs/promises';
import { ActivityModule } from './activity/activity.module.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { DeploymentsModule } from './deployments/deployments.module.js';
import { ExperimentsModule } from './experiments/experiments.module.js';
import { ModelsModule } from './models/models.module.js';
import { ACCESS_RULES } from './platform/authorization/access-rules.js';
import { RunningRoutes } from './platform/authorization/routes.js';
import { createOpenApiDocument } from './platform/http/openapi-document.js';
import { createTestApp, type TestApp } from './testing/index.js';
import { TrainingModule } from './training/training.module.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

interface Described {
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly security: unknown;
}

describe('every operation', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp({
      rooms: [
        DatasetsModule,
        TrainingModule,
        ModelsModule,
        ExperimentsModule,
        DeploymentsModule,
        ActivityModule,
      ],
    });
  });
  afterAll(() => test.close());

  const described = (): Described[] =>
    Object.entries(createOpenApiDocument(test.app).paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = (item as Record<string, Described | undefined>)[method];
        return operation ? [{ ...operation, path, method }] : [];
      }),
    );

  it('has a route, a description and an access rule, each once (I2, G02)', () => {
    const rules = Object.keys(ACCESS_RULES).sort();
    const routes = test.app
      .get(RunningRoutes)
      .operations()
      .map(({ operationId }) => operationId);
    expect(test.app.get(RunningRoutes).differences()).toEqual({
      withoutRule: [],
      withoutRoute: [],
      twice: [],
    });
    expect(routes.sort()).toEqual(rules);
    expect(
      described()
        .map(({ operationId }) => operationId)
        .sort(),
    ).toEqual(rules);
  });

  it('is described in the committed document as it is', async () => {
    const committed = await readFile(new URL('../../../libs/sdk/openapi.json', import.meta.url), 'utf8');
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(createOpenApiDocument(test.app))));
  });

  it('asks for a credential unless its rule says that it is open', async () => {
    const id = '0190a000-0000-7000-8000-000000000000';
    const wrong: string[] = [];
    for (const { path, method, operationId } of described()) {
      const kind = ACCESS_RULES[operationId]?.kind;
      if (kind === 'public' || kind === 'deployment-call') continue;
      const url = path.replace(/\{[^}]+\}/g, id);
      const answer = await test.app.inject({ method: method.toUpperCase() as 'GET', url });
      if (answer.statusCode !== 401) wrong.push(`${method} ${path}: ${answer.statusCode}`);
    }
    expect(wrong).toEqual([]);
  });

  it('answers a stranger as if its thing did not exist, whatever else is wrong with the request (T10)', async () => {
    const { stranger } = await test.people.cast();
    const wrong: string[] = [];
    for (const { path, method, operationId } of described()) {
      const kind = ACCESS_RULES[operationId]?.kind;
      if (kind !== 'project' && kind !== 'resource') continue;
      for (const id of ['0190a000-0000-7000-8000-000000000000', 'no-id', "' or 1=1 --", '%00']) {
        const url = path.replace(/\{[^}]+\}/g, encodeURIComponent(id));
        const answer = await test.app.inject({
          method: method.toUpperCase() as 'GET',
          url,
          headers: stranger.headers,
        });
        if (answer.statusCode !== 404) wrong.push(`${method} ${path} with ${id}: ${answer.statusCode}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});
