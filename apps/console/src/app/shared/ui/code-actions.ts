import type { CodeAction } from './copy-as-code';

/** What code is offered for each kind of thing. Kept apart from the screens, so that a test can run all of it. */
export function projectCode(projectId: string): readonly CodeAction[] {
  return [
    { label: 'Read this project', method: 'GET', path: `/api/projects/${projectId}` },
    {
      label: 'Upload a table into it',
      method: 'POST',
      path: `/api/projects/${projectId}/datasets`,
      file: 'table.csv',
    },
  ];
}

export function datasetCode(
  projectId: string,
  datasetId: string,
  target: string | null,
): readonly CodeAction[] {
  return [
    { label: 'Read this dataset', method: 'GET', path: `/api/datasets/${datasetId}` },
    {
      label: 'Read its first rows',
      method: 'GET',
      path: `/api/datasets/${datasetId}/rows?limit=20`,
    },
    {
      label: 'Upload a new version',
      method: 'POST',
      path: `/api/datasets/${datasetId}/versions`,
      file: 'table.csv',
    },
    {
      label: 'Train a model on it',
      method: 'POST',
      path: `/api/projects/${projectId}/runs`,
      body: { datasetId, ...(target === null ? {} : { target }), preset: 'quick' },
    },
  ];
}

export function runCode(runId: string): readonly CodeAction[] {
  return [
    { label: 'Read this run', method: 'GET', path: `/api/runs/${runId}` },
    { label: 'Read its leaderboard', method: 'GET', path: `/api/runs/${runId}/candidates` },
  ];
}

export function modelCode(
  projectId: string,
  modelId: string,
  versionId: string | undefined,
): readonly CodeAction[] {
  const read: CodeAction = { label: 'Read this model', method: 'GET', path: `/api/models/${modelId}` };
  if (versionId === undefined) return [read];
  return [
    read,
    { label: 'Read this version', method: 'GET', path: `/api/model-versions/${versionId}` },
    {
      label: 'Deploy this version',
      method: 'POST',
      path: `/api/projects/${projectId}/deployments`,
      body: { modelVersionId: versionId },
    },
  ];
}
