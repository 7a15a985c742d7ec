import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppConfig, ConfigurationError } from './app-config.js';
import { weaknessOf } from './secrets.js';

describe('AppConfig', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'modelwright-config-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const secret = randomBytes(48).toString('base64');
  const production = (): Record<string, string> => ({
    NODE_ENV: 'production',
    MODELWRIGHT_HOME: home,
    DATABASE_URL: 'postgres://u:hidden@localhost/d',
    JWT_SECRET: secret,
    ALLOWED_ORIGINS: 'https://a.example, https://b.example',
  });
  const faultsOf = (variables: Record<string, string>): readonly string[] => {
    try {
      AppConfig.load(variables);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.faults;
      throw error;
    }
  };

  it('has defaults that suit a laptop (E1, E7)', () => {
    const config = AppConfig.load({ MODELWRIGHT_HOME: home, DATABASE_URL: 'postgres://localhost/d' });
    expect(config).toMatchObject({
      environment: 'development',
      http: { port: 4000, host: '127.0.0.1', publicUrl: 'http://localhost:4000', trustProxyHops: 0 },
      execution: { dockerEnabled: true, image: 'automl-python-runtime:3.11', network: 'automl-sandbox' },
      datasets: { uploadMaxMb: 1024 },
      deployments: { maxActivePerProject: 5 },
      storage: { modelsDir: join(home, 'data/models') },
    });
  });

  it('is frozen to the bottom', () => {
    const config = AppConfig.load({ MODELWRIGHT_HOME: home, DATABASE_URL: 'postgres://localhost/d' });
    expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
    expect(() => (config.http.allowedOrigins as string[]).push('x')).toThrow(TypeError);
  });

  it('lists everything that is wrong at once, by name and not by value', () => {
    const faults = faultsOf({
      PORT: 'not-a-port',
      LOG_LEVEL: 'loud-secret',
      DATABASE_URL: 'mysql://root:hunter2@localhost',
      TRUST_PROXY: '-1',
    });
    expect(faults.map((fault) => fault.split(' ', 1)[0]).sort()).toEqual([
      'DATABASE_URL',
      'LOG_LEVEL',
      'PORT',
      'TRUST_PROXY',
    ]);
    expect(faults.join()).not.toMatch(/hunter2|loud-secret|not-a-port/);
  });

  it('starts in production when all is in order (E5)', () => {
    expect(AppConfig.load(production()).isProduction).toBe(true);
  });

  it.each([
    ['a missing secret', { JWT_SECRET: '' }, 'JWT_SECRET'],
    ['a short secret', { JWT_SECRET: 'x7Gq9' }, 'JWT_SECRET'],
    ['a sample secret', { JWT_SECRET: 'change-me-please-change-me-please-now' }, 'JWT_SECRET'],
    ['a secret of one letter', { JWT_SECRET: 'a'.repeat(64) }, 'JWT_SECRET'],
    ['a secret that repeats itself', { JWT_SECRET: 'kX9#'.repeat(16) }, 'JWT_SECRET'],
    ['no database', { DATABASE_URL: '' }, 'DATABASE_URL'],
    ['no origins', { ALLOWED_ORIGINS: '' }, 'ALLOWED_ORIGINS'],
    ['any origin', { ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS'],
    ['a folder that is not there', { STORAGE_MODELS_DIR: '/nowhere/at/all' }, 'STORAGE_MODELS_DIR'],
    ['a short administrator token', { ADMIN_TOKEN: 'short' }, 'ADMIN_TOKEN'],
    ['an engine over the network', { DOCKER_HOST: 'tcp://engine:2375' }, 'DOCKER_HOST'],
  ])('refuses production with %s (E5, I12)', (_, change, name) => {
    const faults = faultsOf({ ...production(), ...change });
    expect(faults.map((fault) => fault.split(' ', 1)[0])).toEqual([name]);
  });

  it('keeps each kind of file where its variable says, and the others at home (E6)', () => {
    const folders = {
      STORAGE_DATASETS_DIR: 'datasetsDir',
      STORAGE_DOCUMENTS_DIR: 'documentsDir',
      STORAGE_MODELS_DIR: 'modelsDir',
      STORAGE_OUTPUTS_DIR: 'outputsDir',
      EXECUTION_WORKSPACE_DIR: 'workspacesDir',
      STORAGE_DEPLOYMENTS_DIR: 'deploymentsDir',
    } as const;
    const base = { MODELWRIGHT_HOME: home, DATABASE_URL: 'postgres://localhost/d' };
    const usual = AppConfig.load(base).storage;
    for (const [variable, name] of Object.entries(folders)) {
      const elsewhere = join(home, 'elsewhere', name);
      expect(AppConfig.load({ ...base, [variable]: elsewhere }).storage).toEqual({
        ...usual,
        [name]: elsewhere,
      });
    }
  });

  it('takes origins as people write them, and names the variable when one is none (E5)', () => {
    const { http } = AppConfig.load({ ...production(), ALLOWED_ORIGINS: 'https://a.example/' });
    expect(http.allowedOrigins).toContain('https://a.example');
    for (const wrong of ['a.example', 'https://a.example/console', 'javascript:alert(1)'])
      expect(faultsOf({ ...production(), ALLOWED_ORIGINS: wrong })).toEqual([
        expect.stringMatching(/^ALLOWED_ORIGINS has to be a list of origins/),
      ]);
    const development = { MODELWRIGHT_HOME: home, DATABASE_URL: 'postgres://localhost/d' };
    expect(faultsOf({ ...development, ALLOWED_ORIGINS: '*' })).toEqual([
      expect.stringMatching(/^ALLOWED_ORIGINS holds a wildcard/),
    ]);
  });

  it('refuses production with a file in the place of a folder (E5)', () => {
    writeFileSync(join(home, 'models'), '');
    expect(faultsOf({ ...production(), STORAGE_MODELS_DIR: join(home, 'models') })).toHaveLength(1);
  });

  it('reads secrets from files, and not from two places', () => {
    const file = join(home, 'secret');
    writeFileSync(file, `${secret}\n`);
    const { JWT_SECRET: _, ...rest } = production();
    expect(AppConfig.load({ ...rest, JWT_SECRET_FILE: file }).auth.jwtSecret).toBe(secret);
    expect(faultsOf({ ...production(), JWT_SECRET_FILE: file })).toHaveLength(1);
    expect(faultsOf({ ...rest, JWT_SECRET_FILE: join(home, 'gone') })).not.toHaveLength(0);
  });

  it('finds the database that the launcher left behind', () => {
    mkdirSync(join(home, 'run'));
    writeFileSync(join(home, 'run/database.json'), JSON.stringify({ url: 'postgres://localhost/left' }));
    expect(AppConfig.load({ MODELWRIGHT_HOME: home }).database.url).toBe('postgres://localhost/left');
    expect(AppConfig.loadDatabase(undefined, { MODELWRIGHT_HOME: home }).url).toBe(
      'postgres://localhost/left',
    );
  });

  it('gives scripts an environment without secrets', () => {
    const config = AppConfig.load({
      ...production(),
      HTTP_PROXY: 'http://proxy',
      ADMIN_TOKEN: 'a'.repeat(30),
    });
    expect(config.execution.buildScript.env).toMatchObject({ HTTP_PROXY: 'http://proxy' });
    expect(JSON.stringify(config.execution.buildScript.env)).not.toMatch(/hidden|aaaaaa|JWT/);
  });

  it('lets a folder without write permission stop production', () => {
    const folder = join(home, 'locked');
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    // The super-user may write everywhere.
    const expected = process.getuid?.() === 0 ? 0 : 1;
    expect(faultsOf({ ...production(), STORAGE_OUTPUTS_DIR: folder })).toHaveLength(expected);
  });
});

describe('weaknessOf', () => {
  it.each(Array.from({ length: 20 }, () => [randomBytes(32).toString('hex')]))(
    'accepts a random secret',
    (secret) => {
      expect(weaknessOf(secret)).toBeUndefined();
    },
  );
});
