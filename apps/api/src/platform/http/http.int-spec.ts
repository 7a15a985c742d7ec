import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestApp, type TestApp } from '../../testing/index.js';
import { RAW_ROUTES } from '../authorization/raw-routes.js';

describe('what every request meets', () => {
  let test: TestApp;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'modelwright-console-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>console</title>');
    writeFileSync(join(folder, 'main-ABCDEF12.js'), 'export {};');
    writeFileSync(join(folder, 'main-ABCDEF12.js.br'), 'compressed');
    test = await createTestApp({ environment: { CONSOLE_DIR: folder } });
  });
  afterAll(async () => {
    await test.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives the console for its own addresses, and its files with their compression', async () => {
    for (const path of ['/', '/projects/1/runs', '/welcome?token=x']) {
      const page = await test.request('GET', path);
      expect(page).toMatchObject({ status: 200, text: '<!doctype html><title>console</title>' });
      expect(page.headers['cache-control']).toBe('no-cache');
    }
    const script = await test.request('GET', '/main-ABCDEF12.js', { headers: { 'accept-encoding': 'br' } });
    expect(script).toMatchObject({ status: 200, text: 'compressed', headers: { 'content-encoding': 'br' } });
    expect(script.headers['cache-control']).toContain('immutable');
  });

  it('sends a reader of an address that an MLflow client printed on to the runs of the project', async () => {
    const project = '0192a000-0000-7000-8000-000000000001';
    for (const path of [`/api/mlflow/p/${project}`, `/api/mlflow/p/${project}/`]) {
      const answer = await test.request('GET', path);
      expect(answer.status).toBe(302);
      expect(answer.headers['location']).toBe(`/p/${project}/runs`);
    }
    expect(await test.request('GET', '/api/mlflow/p/..%2f..')).toMatchObject({ status: 404 });
  });

  it.each(['/missing.js', '/api/nothing', '/ws/nothing'])('has no page for %s', async (path) => {
    const answer = await test.request('GET', path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers['content-type']).toContain('problem+json');
  });

  it.each(['/..%2f..%2fetc%2fpasswd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%5c..%5cetc/passwd'])(
    'never leaves its folder for %s (I1)',
    async (path) => {
      const answer = await test.request('GET', path);
      expect(answer.text).not.toContain('root:');
      expect(answer.status).toBeLessThan(500);
    },
  );

  it('tells an address that answers other methods only', async () => {
    const get = await test.request('GET', '/api/auth/sign-in');
    const put = await test.request('PUT', '/api/projects', { body: {} });
    expect(get).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(put).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
  });

  it('keeps a harmless request id and replaces any other', async () => {
    const ask = (id: string) => test.request('GET', '/api/health/live', { headers: { 'x-request-id': id } });
    expect((await ask('trace-1')).headers['x-request-id']).toBe('trace-1');
    expect((await ask('a b\t<script>')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('lets only its own scripts run', async () => {
    const { headers } = await test.request('GET', '/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  });

  it('shows a page of the API whose scripts and styles are all local', async () => {
    const page = await test.request('GET', '/api/docs');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="https?:/);
    expect(page.text.replace(/<script src="[^"]+"[^>]*>\s*<\/script>/g, '')).not.toMatch(/<script/);
    const scripts = [...page.text.matchAll(/<script src="\.?\/?([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      const path = script.startsWith('docs/') ? `/api/${script}` : `/api/docs/${script.replace(/^\//, '')}`;
      expect(await test.request('GET', path)).toMatchObject({ status: 200 });
    }
  });

  it('describes itself as OpenAPI 3.1', async () => {
    const { body } = await test.request('GET', '/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(body.paths['/api/auth/me'].get.operationId).toBe('getCurrentUser');
  });

  it('answers outside the guard only where the reviewed list says so (I2)', () => {
    const tree = test.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
    const routes = pathsOf(tree);
    const openRoutes = routes.filter(
      (path) => !/^\/api\/(?!docs|openapi|healthz)/.test(path) && !path.startsWith('/main-'),
    );
    const unknown = openRoutes.filter(
      (path) => !RAW_ROUTES.includes(path) && !isOfDocs(path) && path !== '/index.html',
    );
    expect(unknown).toEqual([]);
  });

  const isOfDocs = (path: string): boolean => path.startsWith('/api/docs/');
});

/** Full paths from the indented picture that the router draws of itself. */
function pathsOf(tree: string): string[] {
  const paths: string[] = [];
  const parents: { depth: number; path: string }[] = [];
  for (const line of tree.split('\n')) {
    const match = /^([│ ]*)[├└]── (\S*)( \([A-Z, ]+\))?/u.exec(line);
    if (!match) continue;
    const depth = match[1]?.length ?? 0;
    while ((parents.at(-1)?.depth ?? -1) >= depth) parents.pop();
    const path = `${parents.at(-1)?.path ?? ''}${match[2] ?? ''}`;
    parents.push({ depth, path });
    if (match[3]) paths.push(path === '*' ? '/*' : path);
  }
  return paths;
}
