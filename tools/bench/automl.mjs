/**
 * `npm run bench -- automl [--tables a,b] [--budget 60] [--splits 3] [--presets medium,good] [--peers flaml,autogluon]
 * [--tenth 1]`: quality for the same time against FLAML and AutoGluon on public tables, and the time of one prediction
 * beside every score. Peers live in environments of their own under the bench's cache; one that cannot be installed is
 * left out and said so. `--tenth 1` gives the product a tenth of the peers' time instead.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, benchOptions, prepareTable, runtimePython, tablesThere, trainHere } from './automl-world.mjs';
import { peerPython } from './python-peer.mjs';

const SAME = 1e-4;
const LIBRARIES = ['pandas', 'pyarrow', 'scikit-learn', 'lightgbm', 'xgboost-cpu', 'catboost'];

export async function run() {
  const options = benchOptions({
    tables: [],
    budget: 60,
    splits: 3,
    presets: ['medium', 'good'],
    peers: ['flaml', 'autogluon'],
    tenth: 0,
  });
  const python = runtimePython();
  const peers = findPeers(options.peers, options.presets);
  const names = options.tables.length ? options.tables : tablesThere(python);
  const ownSeconds = options.tenth ? options.budget / 10 : options.budget;
  const tables = {};
  for (const name of names) {
    tables[name] = [];
    for (let seed = 1; seed <= options.splits; seed += 1)
      tables[name].push(await oneSplit(python, peers, name, seed, options.budget, ownSeconds));
  }
  const splits = Object.values(tables).flat();
  return {
    budget_seconds: options.budget,
    own_budget_seconds: ownSeconds,
    win_rate_flaml: winRate(splits, (peer) => peer === 'flaml'),
    win_rate_autogluon: winRate(splits, (peer) => peer.startsWith('autogluon')),
    ...Object.fromEntries(
      options.presets.map((preset) => [
        `win_rate_autogluon_${preset}`,
        winRate(splits, (peer) => peer === `autogluon-${preset}`),
      ]),
    ),
    left_out: peers.filter((peer) => !peer.python).map((peer) => peer.name),
    tables,
  };
}

function findPeers(names, presets) {
  const found = [];
  if (names.includes('flaml')) {
    const python = installed('automl-flaml', ['flaml', ...LIBRARIES]);
    found.push({
      name: 'flaml',
      python,
      args: (folder, seconds, seed) => ['flaml', folder, seconds, seed],
    });
  }
  if (names.includes('autogluon')) {
    const python = installed('automl-autogluon', ['autogluon.tabular', ...LIBRARIES]);
    for (const preset of presets)
      found.push({
        name: `autogluon-${preset}`,
        python,
        args: (folder, seconds, seed) => ['autogluon', folder, seconds, seed, preset],
      });
  }
  return found;
}

function installed(name, packages) {
  try {
    return peerPython(name, packages);
  } catch (error) {
    console.log(`${name} is left out: it cannot be installed (${error.message.split('\n')[0]}).`);
    return null;
  }
}

async function oneSplit(python, peers, table, seed, budget, ownSeconds) {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-automl-'));
  try {
    const about = prepareTable(python, table, seed, folder);
    const seconds = await trainHere(python, folder, ownSeconds, seed);
    const own = ask(python, ['ours', folder]);
    const split = {
      seed,
      metric: about.metric,
      rows: about.rows,
      score: own.score,
      row_us: own.row_us,
      seconds,
    };
    split.peers = {};
    for (const peer of peers.filter(({ python: there }) => there))
      split.peers[peer.name] = scoreOf(peer, folder, budget, seed);
    for (const [name, peer] of Object.entries(split.peers))
      console.log(
        `${table} ${seed} ${about.metric}: ${own.score} against ${peer.score ?? peer.failed} of ${name}`,
      );
    return { ...split, ...flat(split.peers) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A peer that fails on a table has lost nothing that can be compared; why is kept. */
function scoreOf(peer, folder, budget, seed) {
  try {
    const found = ask(peer.python, peer.args(folder, budget, seed));
    return { score: found.score, row_us: found.row_us, seconds: found.seconds };
  } catch (error) {
    return {
      failed: String(error.stderr ?? error.message)
        .trim()
        .split('\n')
        .at(-1),
    };
  }
}

/** The first peer's figures under the names the report asks for. */
function flat(peers) {
  const [first] = Object.values(peers).filter((peer) => peer.score !== undefined);
  return { peer_score: first?.score ?? null, peer_row_us: first?.row_us ?? null };
}

function winRate(splits, chosen) {
  const results = splits.flatMap((split) =>
    Object.entries(split.peers)
      .filter(([name, peer]) => chosen(name) && peer.score !== undefined)
      .map(([, peer]) => won(split, peer)),
  );
  return results.length ? results.reduce((sum, value) => sum + value, 0) / results.length : null;
}

/** 1 for a win, a half for scores that are the same to four digits. */
function won(split, peer) {
  const gain = split.metric === 'roc_auc' ? split.score - peer.score : peer.score - split.score;
  return Math.abs(gain) <= SAME * Math.abs(peer.score) ? 0.5 : Number(gain > 0);
}
