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

/** @param body what the form would send */
export function newRunCode(projectId: string, body: object): readonly CodeAction[] {
  return [
    { label: 'Start this run', method: 'POST', path: `/api/projects/${projectId}/runs`, body },
    {
      label: 'See what it would do, without starting it',
      method: 'POST',
      path: `/api/projects/${projectId}/runs/preview`,
      body,
    },
  ];
}

/** @param body what the form would send */
export function newDeploymentCode(projectId: string, body: object): readonly CodeAction[] {
  return [
    { label: 'Deploy it like this', method: 'POST', path: `/api/projects/${projectId}/deployments`, body },
    { label: 'List the deployments', method: 'GET', path: `/api/projects/${projectId}/deployments` },
  ];
}

export function deploymentCode(projectId: string, deploymentId: string): readonly CodeAction[] {
  const path = `/api/deployments/${deploymentId}`;
  return [
    { label: 'Read this deployment', method: 'GET', path },
    { label: 'Read what it takes and gives', method: 'GET', path: `${path}/schema` },
    { label: 'List the deployments', method: 'GET', path: `/api/projects/${projectId}/deployments` },
  ];
}

export function exportCode(
  versionId: string,
  formats: readonly { readonly format: string; readonly label: string }[],
): readonly CodeAction[] {
  const path = `/api/model-versions/${versionId}/exports`;
  return [
    ...formats.map(({ format, label }): CodeAction => ({
      label: `Make: ${label}`,
      method: 'POST',
      path,
      body: { format },
    })),
    { label: 'See what was made', method: 'GET', path },
  ];
}

/** @param body what the form of a batch job would send */
export function newBatchJobCode(
  projectId: string,
  body: { readonly datasetId: string } & Readonly<Record<string, unknown>>,
): readonly CodeAction[] {
  const path = `/api/projects/${projectId}/batch-jobs`;
  const { deploymentId, modelVersionId, datasetId, mapping } = body;
  const model = deploymentId === undefined ? { modelVersionId } : { deploymentId };
  return [
    { label: 'Start this batch job', method: 'POST', path, body },
    {
      label: 'Check the columns first',
      method: 'POST',
      path: `${path}/check`,
      body: { ...model, datasetId, mapping },
    },
    { label: 'See all batch jobs', method: 'GET', path },
  ];
}

export function batchJobCode(batchJobId: string): readonly CodeAction[] {
  const path = `/api/batch-jobs/${batchJobId}`;
  return [
    { label: 'Read this batch job', method: 'GET', path },
    { label: 'Run it again', method: 'POST', path: `${path}/repeat` },
  ];
}

/** What the form of an import would send; the files lie in the present folder. */
export interface ImportToSend {
  readonly file: string;
  readonly sample: string | undefined;
  readonly datasetId: string | undefined;
  readonly target: string;
}

export function importCode(
  projectId: string,
  { file, sample, datasetId, target }: ImportToSend,
): readonly CodeAction[] {
  const query = new URLSearchParams({ ...(datasetId ? { datasetId } : {}), ...(target ? { target } : {}) });
  const path = `/api/projects/${projectId}/model-imports`;
  return [
    {
      label: 'Upload and inspect',
      method: 'POST',
      path: query.size === 0 ? path : `${path}?${query.toString()}`,
      file,
      ...(sample ? { files: { sample } } : {}),
    },
    { label: 'See what was found', method: 'GET', path },
  ];
}

/** @param ids runs or model versions, two to six */
export function comparisonCode(projectId: string, ids: readonly string[]): readonly CodeAction[] {
  const query = new URLSearchParams(ids.map((id) => ['id', id]));
  return [
    {
      label: 'Read this comparison',
      method: 'GET',
      path: `/api/projects/${projectId}/comparison?${query.toString()}`,
    },
  ];
}
