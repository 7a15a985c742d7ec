import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../e2e/support/client.mjs';
import { toCsv } from './mixed-table.mjs';
import { peerScript } from './python-peer.mjs';

export const IMAGE = process.env.DOCKER_IMAGE ?? 'automl-python-runtime:3.11';

/**
 * A scikit-learn pipeline with 100 trees of LightGBM, fitted outside of the product with the libraries of its image, and
 * imported: what is not compiled, and is answered by its container.
 * @returns {Promise<string>} id of the model version
 */
export async function importedPipeline(client, projectId, rows) {
  const folder = mkdtempSync(join(tmpdir(), 'modelwright-pipeline-'));
  try {
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, 'mixed.csv'), toCsv(rows));
    copyFileSync(peerScript('train_pipeline.py'), join(folder, 'train.py'));
    const command = [
      'python',
      '/exchange/train.py',
      '/exchange/mixed.csv',
      'outcome',
      '/exchange/pipeline.joblib',
    ];
    const options = ['--rm', '--network', 'none', '--volume', `${folder}:/exchange`];
    execFileSync('docker', ['run', ...options, IMAGE, ...command], { stdio: 'inherit' });
    return await imported(client, projectId, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function imported(client, projectId, folder) {
  const form = new FormData();
  form.append('file', new Blob([readFileSync(join(folder, 'pipeline.joblib'))]), 'pipeline.joblib');
  form.append('sample', new Blob([readFileSync(join(folder, 'mixed.csv'))]), 'sample.csv');
  const address = `/api/projects/${projectId}/model-imports?target=outcome`;
  const asked = await client.ok('POST', address, { body: form });
  const found = await eventually(
    'the import to end',
    async () => {
      const now = await client.get(`/api/model-imports/${asked.id}`);
      return ['queued', 'running'].includes(now.status) ? undefined : now;
    },
    { seconds: 300, everyMs: 500 },
  );
  const registered = await client.post(`/api/model-imports/${found.id}/register`, { modelName: 'pipeline' });
  return registered.modelVersionId;
}
