/**
 * The container path: a scikit-learn pipeline with 100 trees that is not compiled, through the product (key, validation,
 * limit and log on), beside containers of the same image with the same model and limits that listen on their bridge
 * address: called directly, with nginx before it, and with a Node program before it that does nothing but copy bytes.
 * Each way has a container of its own, so that none is kept warm by calls that come on another one. The others get the
 * shortest way to theirs that they have; the product's own container has no network and dials our Unix socket.
 *
 * The model server merges requests that arrive while it predicts. So throughput is compared with it as it is
 * (`…_direct_merging`) and with one that predicts each request by itself, as other servers do (`…_direct`).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readyDeployment, signInFirst } from '../../e2e/support/world.mjs';
import { nodeBinary } from '../launch/node24.mjs';
import { freePort } from '../launch/postgres-cluster.mjs';
import { startInstallation } from '../launch/testing.mjs';
import { IMAGE, importedPipeline } from './imported-pipeline.mjs';
import { httpLoad, turnsOf } from './load.mjs';
import { inputsOf, mixedRows } from './mixed-table.mjs';
import { startNginx } from './nginx.mjs';
import { peerScript } from './python-peer.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const CONTAINER_PORT = 8080;
const NETWORK = `modelwright-bench-${process.pid}`;
const ONE_BY_ONE = `import runpy, runtime.serving.worker as worker
worker.MAX_MERGED_REQUESTS = 1
runpy.run_module("runtime.serving", run_name="__main__")`;

/** @returns {Promise<Record<string, number | string>>} figures whose names begin with `container_` */
export async function containerFigures() {
  const installation = await startInstallation({ env: { LOG_LEVEL: 'warn' } });
  const containers = [];
  docker('network', 'create', NETWORK);
  try {
    return await measure(installation, containers);
  } finally {
    for (const id of containers) docker('rm', '--force', id);
    docker('network', 'rm', NETWORK);
    await installation.stop();
  }
}

async function measure(installation, containers) {
  const rows = mixedRows(4_000);
  const bodies = inputsOf(rows.slice(0, 1_000)).map((row) => JSON.stringify({ rows: [row] }));
  const client = await signInFirst(installation);
  const project = await client.post('/api/projects', { name: 'bench' });
  const modelVersionId = await importedPipeline(client, project.id, rows);
  const deployment = await readyDeployment(client, project.id, modelVersionId, {
    rateLimitPerMinute: 1_000_000,
  });
  const { servingPath } = await client.get(`/api/deployments/${deployment.id}`);
  if (servingPath !== 'container') throw new Error(`The model is answered ${servingPath}.`);
  const { key } = await client.post(`/api/deployments/${deployment.id}/keys`, { name: 'bench' });
  const model = join(installation.home, 'data', 'deployments', deployment.id, '1');
  const plain = () => startContainer(containers, model, ['-m', 'runtime.serving']);
  const [direct, behindNginx, behindNode] = [await plain(), await plain(), await plain()];
  const oneByOne = await startContainer(containers, model, ['-c', ONE_BY_ONE]);
  const nginx = await startNginx({ upstream: new URL(behindNginx).host, port: await freePort(null) });
  const node = await startByteProxy(behindNode);
  const product = `${installation.url}/api/deployments/${deployment.endpointSlug}/predict`;
  const sides = {
    direct: { url: `${direct}/predict` },
    nginx: { url: `${nginx.url}/predict` },
    node: { url: `${node.url}/predict` },
    product: { url: product, headers: { authorization: `Bearer ${key}` } },
    one_by_one: { url: `${oneByOne}/predict` },
  };
  try {
    return report(await crowds(sides, bodies), await turns(sides, bodies));
  } finally {
    node.stop();
    await nginx.stop();
  }
}

/** The least that a Node program between a caller and a server can do. */
async function startByteProxy(url) {
  const { hostname, port } = new URL(url);
  const child = spawn(nodeBinary(), [peerScript('byte-proxy.mjs'), hostname, port], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [own] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(own).trim()}`, stop: () => child.kill() };
}

/** A container as the product starts it, but with a network and a port. */
async function startContainer(containers, model, command) {
  const limits = ['--cpus', '1', '--memory', '1g', '--env', 'MW_THREADS=1', '--env', 'OMP_NUM_THREADS=1'];
  const options = ['--env', `MW_HTTP_PORT=${CONTAINER_PORT}`, '--volume', `${model}:/model:ro`, ...limits];
  const id = docker('run', '--detach', '--network', NETWORK, ...options, IMAGE, 'python', ...command);
  containers.push(id);
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const address = docker('inspect', '--format', format, id);
  const url = `http://${address}:${CONTAINER_PORT}`;
  for (let attempt = 0; attempt < 300; attempt++) {
    const isReady = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return url;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The container beside the product did not start.');
}

const docker = (...args) => execFileSync('docker', args, { encoding: 'utf8' }).trim();

/** 16 connections to each side in turn. */
async function crowds(sides, bodies) {
  const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, side] of Object.entries(sides)) {
      const measured = await httpLoad({ ...side, bodies, connections: 16, seconds: SECONDS });
      // The first round is to get warm.
      if (round > 0) results[name].push(measured);
    }
  }
  return results;
}

/** Single calls to each side in turn. */
async function turns({ direct, nginx, node, product }, bodies) {
  const sides = [direct, nginx, node, product];
  await turnsOf(sides, { bodies, seconds: SECONDS });
  return turnsOf(sides, { bodies, seconds: SECONDS * ROUNDS });
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function report(crowd, single) {
  const figures = {};
  for (const [side, measured] of Object.entries(crowd))
    for (const figure of ['p50Ms', 'p99Ms', 'rps', 'failed'])
      figures[`container_${side}_c16_${figure}`] = median(measured.map((one) => one[figure]));
  const p50 = (place) => median(single.map((times) => times[place]));
  const added = (place) => median(single.map((times) => times[place] - times[0]));
  return {
    ...figures,
    container_turns: single.length,
    container_direct_p50_ms: p50(0),
    container_nginx_p50_ms: p50(1),
    container_node_p50_ms: p50(2),
    container_product_p50_ms: p50(3),
    container_nginx_added_ms: added(1),
    container_node_added_ms: added(2),
    container_added_ms: added(3),
    container_added_ratio_to_nginx: added(3) / added(1),
    container_added_ratio_to_node: added(3) / added(2),
    container_rps_ratio_direct: figures.container_product_c16_rps / figures.container_one_by_one_c16_rps,
    container_rps_ratio_direct_merging: figures.container_product_c16_rps / figures.container_direct_c16_rps,
  };
}
