/** What the compose file, the images and the documented settings promise (S1 to S4, S6). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { repositoryRoot } from '../paths.mjs';

const read = (path) => readFileSync(join(repositoryRoot, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true });
const services = Object.entries(compose.services);
const dockerfile = read('docker/Dockerfile');
const proxy = read('docker/web/proxy.conf');
const nginx = read('docker/web/nginx.conf');
const pinned = /^[^:@]+:(?!latest$)[\w][\w.-]*\d[\w.-]*$/;
const defaultOf = (value) => String(value).replace(/^\$\{[A-Z_]+:-(.*)\}$/, '$1');

describe('docker-compose.yml', () => {
  it('publishes a port of the web server only; the debug tool stays on loopback behind a profile (S2)', () => {
    const published = services.filter(([, service]) => service.ports).map(([name]) => name);
    assert.deepEqual(published.sort(), ['database-browser', 'web']);
    assert.deepEqual(compose.services['database-browser'].profiles, ['debug']);
    for (const port of compose.services['database-browser'].ports) assert.match(port, /^127\.0\.0\.1:/);
    assert.equal(compose.services.web.ports.length, 1);
  });

  it('builds API and web server from one file, and runs the API image for every other command (S1)', () => {
    assert.match(dockerfile, /^FROM .* AS api$/m);
    assert.match(dockerfile, /^FROM .* AS web$/m);
    for (const name of ['web', 'api', 'prepare-data']) {
      assert.equal(compose.services[name].build.dockerfile, 'docker/Dockerfile');
    }
    assert.equal(compose.services['prepare-data'].image, compose.services.api.image);
  });

  it('pins every image (S1)', () => {
    for (const [name, service] of services) assert.match(defaultOf(service.image), pinned, name);
    const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map((match) => match[1]);
    assert.equal(bases.length, 2);
    for (const base of bases) assert.match(base, pinned);
    for (const [, from] of dockerfile.matchAll(/^FROM (\S+)/gm))
      assert.match(from, /^(\$\{\w+_IMAGE\}|build)$/);
    assert.doesNotMatch(dockerfile, /^# *syntax=/m);
  });

  it('asks the health of every server, and starts one only when what it needs is healthy (S4)', () => {
    for (const [name, service] of services) {
      if (name === 'prepare-data') continue;
      assert.ok(service.healthcheck?.test?.length > 1, `${name} has no health check`);
    }
    const { depends_on: needs } = compose.services.api;
    assert.equal(needs.database.condition, 'service_healthy');
    assert.equal(needs['prepare-data'].condition, 'service_completed_successfully');
    assert.equal(compose.services.web.depends_on.api.condition, 'service_healthy');
  });

  it('names every address; nothing falls back to loopback (S4)', () => {
    const { environment } = compose.services.api;
    assert.match(environment.DATABASE_URL, /@database:5432\//);
    assert.equal(environment.HOST, '0.0.0.0');
    assert.match(proxy, /set \$api_host api;/);
  });

  it('runs every container with a read-only root, no capabilities but named ones, and no new privileges', () => {
    const allowed = {
      'prepare-data': ['CHOWN', 'DAC_OVERRIDE'],
      database: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
    };
    for (const [name, service] of services) {
      assert.equal(service.read_only, true, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.cap_add ?? [], allowed[name] ?? [], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      assert.notEqual(service.privileged, true, name);
      assert.ok(service.logging.options['max-size'], name);
    }
  });

  it('gives the engine socket to the API only', () => {
    const withSocket = services.filter(([, { volumes = [] }]) =>
      JSON.stringify(volumes).includes('docker.sock'),
    );
    assert.deepEqual(
      withSocket.map(([name]) => name),
      ['api'],
    );
  });

  it('binds the folder of data at the same path on both sides, because the engine resolves paths on the host', () => {
    for (const name of ['api', 'prepare-data']) {
      const { MODELWRIGHT_HOME } = compose.services[name].environment;
      const bind = compose.services[name].volumes.find(({ source }) => source === MODELWRIGHT_HOME);
      assert.equal(bind?.target, MODELWRIGHT_HOME, name);
    }
  });

  it('keeps the database in a named volume on a network without a way out', () => {
    assert.deepEqual(compose.services.database.volumes, ['database:/var/lib/postgresql/data']);
    assert.ok('database' in compose.volumes);
    assert.deepEqual(compose.services.database.networks, ['back']);
    assert.equal(compose.networks.back.internal, true);
  });

  it('has no secret in it, demands those it needs, and sets the limits of a production site (E11)', () => {
    const { environment } = compose.services.api;
    assert.match(environment.JWT_SECRET, /^\$\{JWT_SECRET:\?/);
    assert.match(environment.DATABASE_URL, /\$\{POSTGRES_PASSWORD:\?/);
    assert.equal(defaultOf(environment.RATE_LIMIT_EXECUTE_PER_MINUTE), '10');
    assert.equal(defaultOf(environment.RATE_LIMIT_EXECUTE_PER_DAY), '50');
    assert.equal(defaultOf(environment.TRUST_PROXY), '1');
  });

  it('has no fixed container names and no project name: two copies may run side by side', () => {
    for (const [name, service] of services) assert.equal(service.container_name, undefined, name);
    assert.equal(compose.name, undefined);
  });

  it('is accepted by docker compose in every profile', (t) => {
    if (spawnSync('docker', ['compose', 'version']).status !== 0) {
      t.diagnostic('docker compose is not installed here: the file is checked by the rules above only');
      return;
    }
    const env = { ...process.env, JWT_SECRET: 'x', POSTGRES_PASSWORD: 'x', DOCKER_GID: '1' };
    for (const profile of [[], ['--profile', 'debug']]) {
      const result = spawnSync('docker', ['compose', '--env-file', '/dev/null', ...profile, 'config', '-q'], {
        cwd: repositoryRoot,
        env,
      });
      assert.equal(result.status, 0, result.stderr.toString('utf8'));
    }
  });
});

describe('web server', () => {
  it('passes streams on as they come, with time-outs above the heartbeat, and upgrades sockets (S3)', () => {
    assert.match(proxy, /proxy_buffering off;/);
    assert.match(proxy, /proxy_request_buffering off;/);
    assert.match(proxy, /proxy_http_version 1\.1;/);
    assert.match(proxy, /proxy_set_header Upgrade \$http_upgrade;/);
    assert.ok(Number(/proxy_read_timeout (\d+)s;/.exec(proxy)[1]) > 60);
  });

  it('resolves the name of the API for each request (S3)', () => {
    assert.match(nginx, /resolver \S+ valid=\d+s/);
    assert.match(proxy, /proxy_pass http:\/\/\$api_host:4000;/);
    assert.doesNotMatch(nginx + proxy, /^\s*upstream /m);
  });

  it('sends API, sockets and probes to the API, and keeps the Host header that origin checks compare', () => {
    // `^~`: addresses with a file extension, /api/openapi.json for one, are not files of the console.
    for (const location of ['^~ /api/', '= /healthz', '^~ /ws']) {
      assert.ok(
        nginx.includes(`location ${location} { include /etc/nginx/modelwright/proxy.conf; }`),
        location,
      );
    }
    assert.match(proxy, /proxy_set_header Host \$http_host;/);
    assert.match(proxy, /X-Forwarded-For \$proxy_add_x_forwarded_for;/);
  });

  it('never logs query strings, where one-time tokens stand', () => {
    assert.doesNotMatch(/log_format [^;]+;/.exec(nginx)[0], /\$request\b|\$request_uri|\$args/);
  });
});

describe('settings', () => {
  const documented = [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1]);

  it('documents every variable that the API reads (S6)', () => {
    const source = 'apps/api/src/platform/config/environment.ts';
    const known = [...read(source).matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)].map((match) => match[1]);
    assert.ok(known.length > 20);
    assert.deepEqual(
      known.filter((name) => !documented.includes(name)),
      [],
    );
  });

  it('documents every variable of the compose file and the Dockerfile (S6)', () => {
    const used = [
      ...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+)/g),
      ...dockerfile.matchAll(/^ARG (\w+_IMAGE)=/gm),
    ];
    assert.deepEqual(
      [...new Set(used.map((match) => match[1]))].filter((name) => !documented.includes(name)),
      [],
    );
  });

  it('documents no variable twice and carries no secret', () => {
    assert.equal(new Set(documented).size, documented.length);
    for (const name of ['JWT_SECRET', 'ADMIN_TOKEN', 'POSTGRES_PASSWORD'])
      assert.match(read('.env.example'), new RegExp(`^${name}=$`, 'm'));
  });

  it('keeps every .env file and the folder of data out of build contexts (S6)', () => {
    const ignored = read('.dockerignore').split('\n');
    for (const pattern of ['**/.env', '**/.env.*', '.modelwright', '**/node_modules', '.git'])
      assert.ok(ignored.includes(pattern), pattern);
    assert.deepEqual(
      ignored.filter((pattern) => pattern.startsWith('!')),
      [],
    );
  });

  it('copies the manifest of every workspace package before npm ci', () => {
    const folders = ['apps', 'libs'].flatMap((group) =>
      readdirSync(join(repositoryRoot, group)).map((name) => `${group}/${name}`),
    );
    for (const folder of [...folders, 'migrations']) {
      if (!existsSync(join(repositoryRoot, folder, 'package.json'))) continue;
      assert.ok(dockerfile.includes(`COPY ${folder}/package.json ${folder}/`), folder);
    }
  });
});
