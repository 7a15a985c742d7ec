/** Decisions of the launcher that need no process and no network. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { backOffMs, readableLog } from '../api.mjs';
import { bannerLines } from '../banner.mjs';
import { failureLines } from '../build.mjs';
import { apiEnvironment, localUrl } from '../environment.mjs';
import { homeFolder, loadSecrets, lockHome, openHome, readJson, rotateLog, writeJson } from '../home.mjs';
import { linkEnvironment } from '../link-environment.mjs';
import { isWanted } from '../node24.mjs';
import { recordMatchesLock } from '../node-modules.mjs';
import { withoutNodeModules } from '../paths.mjs';
import { chooseAccount, closedFolders, parsePasswd } from '../postgres-account.mjs';
import { installObstacle, parseOsRelease } from '../system.mjs';
import { formatDuration } from '../ui.mjs';

describe('launcher', () => {
  let root;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'modelwright-units-'));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('refuses a damaged secrets.json instead of making new secrets over it', () => {
    const home = openHome(join(root, 'damaged'));
    for (const text of ['{"jwtSecret": "cut he', '', '[]', 'null']) {
      writeFileSync(home.secrets, text);
      assert.throws(
        () => loadSecrets(home),
        (error) => /damaged/.test(error.message) && /backup/.test(error.advice),
      );
      assert.equal(readFileSync(home.secrets, 'utf8'), text);
    }
  });

  it('recognises Debian and its relatives', () => {
    const release = parseOsRelease('PRETTY_NAME="Linux Mint 22"\nID=linuxmint\nID_LIKE="ubuntu debian"\n');
    assert.deepEqual(release, { id: 'linuxmint', like: ['ubuntu', 'debian'], name: 'Linux Mint 22' });
    assert.equal(parseOsRelease("ID='fedora'").id, 'fedora');
  });

  it('installs system packages only as root on Debian, and says why not elsewhere', () => {
    assert.equal(installObstacle({ isDebian: true, isRoot: true, name: 'Debian' }), null);
    assert.match(installObstacle({ isDebian: true, isRoot: false, name: 'Debian' }), /needs root/);
    assert.match(
      installObstacle({ isDebian: false, isRoot: true, name: 'Fedora' }),
      /Fedora is not a Debian/,
    );
  });

  it('wants Node 24.15 or newer', () => {
    assert.deepEqual(['v20.20.2', 'v24.14.9', 'v24.15.0', 'v24.21.0', 'v26.0.0'].map(isWanted), [
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  it('does not run npm on the Node that it is about to replace', () => {
    assert.equal(withoutNodeModules('/a/node_modules/.bin:/usr/bin::/b/node_modules/.bin'), '/usr/bin');
  });

  it('trusts packages installed by hand only when npm finished them for this lock', () => {
    const lock = {
      packages: {
        '': { name: 'root' },
        'apps/api': {},
        'node_modules/a': { version: '1.0.0' },
        'node_modules/@modelwright/api': { link: true },
        'node_modules/other-platform': { version: '1.0.0', optional: true },
      },
    };
    const complete = {
      packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/@modelwright/api': { link: true } },
    };
    assert.equal(recordMatchesLock(lock, complete), true);
    assert.equal(recordMatchesLock(lock, null), false);
    assert.equal(
      recordMatchesLock(lock, { packages: { 'node_modules/@modelwright/api': { link: true } } }),
      false,
    );
    complete.packages['node_modules/a'].version = '0.9.0';
    assert.equal(recordMatchesLock(lock, complete), false);
  });

  it('runs the database as ourselves, or as the owner of its folder, or as nobody', () => {
    const users = parsePasswd(
      'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nann:x:1000:1000::/:/bin/sh\n',
    );
    assert.equal(chooseAccount({ isRoot: false, ownerUid: 1000, users }), null);
    assert.deepEqual(chooseAccount({ isRoot: true, ownerUid: 1000, users }), { uid: 1000, gid: 1000 });
    assert.deepEqual(chooseAccount({ isRoot: true, ownerUid: 0, users }), { uid: 65534, gid: 65534 });
    // An owner without an entry in the user list would make initdb fail.
    assert.deepEqual(chooseAccount({ isRoot: true, ownerUid: 4242, users }), { uid: 65534, gid: 65534 });
    assert.throws(
      () => chooseAccount({ isRoot: true, ownerUid: 0, users: users.slice(0, 1) }),
      /no other user/,
    );
  });

  it('finds the folders that another user may not pass', () => {
    const closed = join(root, 'closed');
    const inside = join(closed, 'inside');
    mkdirSync(inside, { recursive: true });
    chmodSync(closed, 0o700);
    chmodSync(root, 0o755);
    const stranger = { uid: statSync(root).uid + 4242, gid: statSync(root).gid + 4242 };
    assert.deepEqual(closedFolders(inside, stranger), [closed]);
    assert.deepEqual(closedFolders(inside, { uid: statSync(root).uid, gid: 0 }), []);
  });

  it('makes secrets once, random and readable by their owner only', () => {
    const home = openHome(join(root, 'secrets'));
    const first = loadSecrets(home);
    chmodSync(home.secrets, 0o644);
    const second = loadSecrets(home);
    assert.deepEqual(second, first);
    assert.equal(statSync(home.secrets).mode & 0o777, 0o600);
    assert.ok(Buffer.byteLength(first.jwtSecret) >= 32);
    assert.notEqual(loadSecrets(openHome(join(root, 'other'))).jwtSecret, first.jwtSecret);
  });

  it('keeps what a later version put beside the secrets', () => {
    const home = openHome(join(root, 'extended'));
    writeJson(home.secrets, { adminToken: 'kept' });
    assert.equal(loadSecrets(home).adminToken, 'kept');
    assert.equal(readJson(home.secrets).adminToken, 'kept');
  });

  it('lends a folder to one launcher at a time', async () => {
    const home = openHome(join(root, 'locked'));
    const first = await lockHome(home.root);
    assert.equal(first.held, true);
    first.announce({ url: 'http://localhost:1' });
    const second = await lockHome(home.root);
    assert.deepEqual(second, { held: false, status: { pid: process.pid, url: 'http://localhost:1' } });
    first.release();
    const third = await lockHome(home.root);
    assert.equal(third.held, true);
    third.release();
  });

  it('rotates a log without losing what was written', () => {
    const path = join(root, 'some.log');
    writeFileSync(path, 'x'.repeat(100));
    rotateLog(path, 200);
    assert.equal(readFileSync(path, 'utf8').length, 100);
    rotateLog(path, 100);
    assert.equal(readFileSync(path, 'utf8'), '');
    assert.equal(readFileSync(`${path}.1`, 'utf8').length, 100);
  });

  it('gives the API what it needs, and lets the person override it', () => {
    const options = {
      home: { root: '/data' },
      secrets: { jwtSecret: 's'.repeat(64), installationId: 'id' },
      databaseUrl: 'postgres://db',
    };
    const plain = apiEnvironment({ ...options, env: { PATH: '/usr/bin' } });
    assert.equal(plain.PUBLIC_URL, 'http://localhost:4000');
    assert.equal(plain.ALLOWED_ORIGINS, 'http://localhost:4000,http://127.0.0.1:4000');
    assert.equal(plain.DATABASE_AUTO_MIGRATE, 'true');
    const given = apiEnvironment({
      ...options,
      env: {
        PATH: '/usr/bin',
        PORT: '5000',
        PUBLIC_URL: 'https://ml.example.org/',
        JWT_SECRET: 'mine',
        NODE_ENV: '',
      },
    });
    assert.equal(given.PUBLIC_URL, 'https://ml.example.org/');
    assert.match(given.ALLOWED_ORIGINS, /^https:\/\/ml\.example\.org,/);
    assert.equal(given.JWT_SECRET, 'mine');
    assert.equal(given.NODE_ENV, 'production');
  });

  it('reaches an API that listens on all addresses', () => {
    assert.equal(localUrl({ HOST: '0.0.0.0', PORT: '4001' }), 'http://127.0.0.1:4001');
    assert.equal(localUrl({ HOST: '::', PORT: '' }), 'http://[::1]:4000');
    assert.equal(localUrl({}), 'http://127.0.0.1:4000');
  });

  it('waits longer after every crash, up to half a minute', () => {
    assert.deepEqual([1, 2, 3, 7, 20].map(backOffMs), [500, 1000, 2000, 30_000, 30_000]);
  });

  it('shows structured log lines as sentences and leaves others alone', () => {
    const text =
      '{"level":"info","msg":"a"}\nplain\n{"level":"error","context":"Db","msg":"b","err":{"message":"why"}}\n';
    assert.equal(readableLog(text, 2), 'plain\nerror [Db] b (why)');
  });

  it('shows the error of a failed build, not what was printed after it', () => {
    const output = `a.ts:1:2 - error TS7015: no index\n${'chunk.js 1 kB\n'.repeat(60)}Failed tasks:\n\n- api:build\n`;
    assert.equal(failureLines(output), 'a.ts:1:2 - error TS7015: no index\nfailed: api:build');
    assert.equal(failureLines('something else'), 'something else');
  });

  it('names what is missing in the banner', () => {
    const lines = bannerLines({
      link: null,
      url: 'http://localhost:4000',
      home: '/data',
      database: { embedded: false },
      engine: {
        available: false,
        reason: 'there is no Docker engine',
        advice: 'Install one: sudo apt-get install docker.io',
      },
    }).join('\n');
    assert.match(lines, /none: there is no Docker engine/);
    assert.match(lines, /apt-get install docker\.io/);
    assert.doesNotMatch(lines, /works once/);
  });

  it('prints the command for a new link as it works in another terminal', () => {
    const rowOf = (home) =>
      bannerLines({
        link: null,
        url: 'http://localhost:4731',
        home,
        database: { embedded: false },
        engine: { available: true, version: '28' },
      }).find((line) => line.includes('New link'));
    assert.match(rowOf(homeFolder({})), /New link\s+npm run link$/);
    assert.match(rowOf('/srv/mw'), /New link\s+MODELWRIGHT_HOME=\/srv\/mw npm run link$/);
    assert.match(rowOf("/srv/my data's"), /MODELWRIGHT_HOME='\/srv\/my data'\\''s' npm run link$/);
  });

  it('makes no folder of data when it is asked for a link to nothing', async () => {
    const folder = join(root, 'never-started');
    await assert.rejects(
      () => linkEnvironment(folder, {}),
      (error) => error.message.includes(folder) && /MODELWRIGHT_HOME=/.test(error.advice),
    );
    assert.equal(existsSync(folder), false);
  });

  it('writes durations for people', () => {
    assert.deepEqual([400, 12_345, 95_000, 600_000].map(formatDuration), [
      '0.4 s',
      '12 s',
      '1 min 35 s',
      '10 min 00 s',
    ]);
  });
});
