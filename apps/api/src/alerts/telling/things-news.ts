import type { SettledVersion } from '../../datasets/dataset-news.js';
import type { SwitchNews } from '../../deployments/traffic/switch-news.js';
import type { MailToPeople } from '../../mail/outbox.js';
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

const SWITCH_EVENTS = {
  switched: 'deployment.version_switched',
  'rolled-back': 'deployment.rolled_back',
  'rolled-back-automatically': 'deployment.rolled_back',
  'switch-failed': 'deployment.switch_failed',
} as const satisfies Record<SwitchNews['kind'], Happening['type']>;

/** What webhooks are told of a deployment that answers from another version, or should have. */
export function switchNews(news: SwitchNews, publicUrl: string): Happening {
  const { projectId, deploymentId, deploymentName, revisionId, kind, at } = news;
  const { fromVersion, fromVersionId, toVersion, toVersionId, reason, changedBy } = news;
  const data = {
    deploymentId,
    name: deploymentName,
    automatic: kind === 'rolled-back-automatically',
    fromVersion,
    fromVersionId,
    toVersion,
    toVersionId,
    reason,
    changedBy,
    url: versionsPage(news, publicUrl),
  };
  const type = SWITCH_EVENTS[kind];
  return { type, key: `${type}:${revisionId}`, projectId, subject: deploymentId, at, data };
}

/** The mail to whoever made the deployment, about what nobody did by hand; undefined where somebody was there. */
export function switchMail(news: SwitchNews, publicUrl: string): MailToPeople | undefined {
  const { kind, projectId, deploymentName, deploymentCreatedBy, fromVersion, toVersion, reason } = news;
  const isSurprise = kind === 'rolled-back-automatically' || kind === 'switch-failed';
  if (!isSurprise || deploymentCreatedBy === null) return undefined;
  const [subject, happened] =
    kind === 'switch-failed'
      ? [
          `Deployment “${deploymentName}” could not change its version`,
          `Version ${toVersion ?? '?'} was to answer; version ${fromVersion ?? '?'} goes on.`,
        ]
      : [
          `Deployment “${deploymentName}” went back to version ${toVersion ?? '?'} by its rule`,
          `Version ${toVersion ?? '?'} answers again in the place of version ${fromVersion ?? '?'}.`,
        ];
  const lines = [
    happened,
    reason,
    '',
    `Look at both versions: ${versionsPage(news, publicUrl)}`,
    '',
    `Mails about deployments are switched off under ${publicUrl}/settings/account`,
    '',
  ];
  return {
    kind: 'deployment',
    topic: 'deployments',
    key: `${SWITCH_EVENTS[kind]}:${news.revisionId}`,
    projectId,
    userIds: [deploymentCreatedBy],
    subject,
    body: lines.join('\n'),
  };
}

const versionsPage = ({ projectId, deploymentId }: SwitchNews, publicUrl: string): string =>
  `${publicUrl}/p/${projectId}/deployments/${deploymentId}?tab=versions`;

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
