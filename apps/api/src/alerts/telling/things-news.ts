import type { SettledVersion } from '../../datasets/dataset-news.js';
import type { AliasChangeNews, RegisteredVersion } from '../../models/model-news.js';
import type { DriftChange } from '../../monitoring/drift/drift-states.js';
import type { Happening } from '../../webhooks/webhook-events.js';

/** What webhooks are told of a dataset version that has been read, or could not be. */
export function datasetNews(version: SettledVersion, publicUrl: string): Happening {
  const { projectId, datasetId, name, versionId, status, rows, columns, reason, at } = version;
  const url = `${publicUrl}/p/${projectId}/data/${datasetId}?v=${version.version}`;
  const data = {
    datasetId,
    name,
    datasetVersionId: versionId,
    version: version.version,
    status,
    rows,
    columns,
    reason,
    url,
  };
  const key = `dataset.${status}:${versionId}`;
  return { type: `dataset.${status}`, key, projectId, subject: datasetId, at, data };
}

/** What webhooks are told of a new version of a model. */
export function registeredNews(version: RegisteredVersion, publicUrl: string): Happening {
  const { projectId, modelId, modelName, modelVersionId, source, runId, at } = version;
  const url = `${publicUrl}/p/${projectId}/models/${modelId}?version=${version.version}`;
  const data = { modelId, modelName, modelVersionId, version: version.version, source, runId, url };
  const key = `model.version_registered:${modelVersionId}`;
  return { type: 'model.version_registered', key, projectId, subject: modelId, at, data };
}

/** What webhooks are told of an alias that names another version. */
export function aliasNews(news: AliasChangeNews, publicUrl: string): Happening {
  const { projectId, at, changeId, ...data } = news;
  const url = `${publicUrl}/p/${projectId}/models/${news.modelId}`;
  const key = `model.alias_moved:${changeId}`;
  return { type: 'model.alias_moved', key, projectId, subject: news.modelId, at, data: { ...data, url } };
}

/** What webhooks are told of another drift light. */
export function driftNews(change: DriftChange, publicUrl: string): Happening {
  const { projectId, deploymentId, deploymentName, light, before, score, sentence, checkId, at } = change;
  const url = `${publicUrl}/p/${projectId}/deployments/${deploymentId}?tab=drift`;
  const data = { deploymentId, name: deploymentName, light, before, score, sentence, url };
  return {
    type: 'drift.changed',
    key: `drift.changed:${checkId}`,
    projectId,
    subject: deploymentId,
    at,
    data,
  };
}
