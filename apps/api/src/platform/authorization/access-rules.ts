import type { Permission } from './permissions.js';

/** Things an id in a path can name; each is a table with `id` and `project_id`. */
export const RESOURCE_TABLES = {
  dataset: 'dataset',
  run: 'run',
  model: 'model',
  'model-version': 'model_version',
  'model-export': 'model_export',
  'model-import': 'model_import',
  analysis: 'model_analysis',
  deployment: 'deployment',
  'experiment-run': 'experiment_run',
  'experiment-view': 'experiment_view',
  rescoring: 'rescoring',
  webhook: 'webhook',
  'alert-rule': 'alert_rule',
  alert: 'alert',
} as const;
export type ResourceKind = keyof typeof RESOURCE_TABLES;

export type AccessRule =
  /** Open to everybody; `because` is shown in the review of public routes. */
  | { readonly kind: 'public'; readonly because: string }
  /** Any signed-in person; the handler only touches what belongs to the caller. */
  | { readonly kind: 'signed-in' }
  /** Installation administrators, in a session (not by token). */
  | { readonly kind: 'admin' }
  /** A session of the person in the browser; a token cannot make tokens. */
  | { readonly kind: 'session' }
  | { readonly kind: 'project'; readonly param: string; readonly permission: Permission }
  | {
      readonly kind: 'resource';
      readonly resource: ResourceKind;
      readonly param: string;
      readonly permission: Permission;
    }
  /** Predict: by key, by membership or open, as the deployment's access mode says; decided by the deployments room (M4). */
  | { readonly kind: 'deployment-call' };

const open = (because: string): AccessRule => ({ kind: 'public', because });
const inProject = (permission: Permission): AccessRule => ({
  kind: 'project',
  param: 'projectId',
  permission,
});
const onDataset = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'dataset',
  param: 'datasetId',
  permission,
});
const onRun = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'run',
  param: 'runId',
  permission,
});
const onModel = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'model',
  param: 'modelId',
  permission,
});
const onVersion = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'model-version',
  param: 'modelVersionId',
  permission,
});
const onExport = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'model-export',
  param: 'exportId',
  permission,
});
const onImport = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'model-import',
  param: 'importId',
  permission,
});
const onAnalysis = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'analysis',
  param: 'analysisId',
  permission,
});
const onDeployment = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'deployment',
  param: 'deploymentId',
  permission,
});
const onTracked = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'experiment-run',
  param: 'experimentRunId',
  permission,
});
const onView = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'experiment-view',
  param: 'experimentViewId',
  permission,
});
const onRescoring = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'rescoring',
  param: 'rescoringId',
  permission,
});
const onWebhook: AccessRule = {
  kind: 'resource',
  resource: 'webhook',
  param: 'webhookId',
  permission: 'webhook:manage',
};
const onAlertRule = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'alert-rule',
  param: 'alertRuleId',
  permission,
});
const onAlert = (permission: Permission): AccessRule => ({
  kind: 'resource',
  resource: 'alert',
  param: 'alertId',
  permission,
});

/**
 * Who may call what: one line per operation of the API, keyed by operationId. The guard denies an operation that is not
 * here, boot fails when table and router differ, and a test walks every line with every kind of caller.
 */
export const ACCESS_RULES: Readonly<Record<string, AccessRule>> = {
  redeemSignInLink: open('the one-time link is the credential'),
  signIn: open('the password is the credential'),
  refreshSession: open('the refresh cookie is the credential'),
  signOut: open('ends the session of the cookie it carries, nothing else'),
  signOutEverywhere: { kind: 'session' },
  getCurrentUser: { kind: 'signed-in' },
  updateCurrentUser: { kind: 'session' },
  setPassword: { kind: 'session' },
  listPersonalAccessTokens: { kind: 'session' },
  createPersonalAccessToken: { kind: 'session' },
  revokePersonalAccessToken: { kind: 'session' },
  listUsers: { kind: 'admin' },
  inviteUser: { kind: 'admin' },
  updateUser: { kind: 'admin' },

  getHealth: open('probes carry no credential; it names no project'),
  getLiveness: open('probes carry no credential'),
  getReadiness: open('probes carry no credential'),
  getSystemInfo: { kind: 'signed-in' },
  setFreeze: { kind: 'admin' },

  getMailSettings: { kind: 'signed-in' },
  getMailPreferences: { kind: 'signed-in' },
  updateMailPreferences: { kind: 'session' },
  listMails: { kind: 'session' },
  getMail: { kind: 'session' },
  sendTestMail: { kind: 'admin' },
  sendMailAgain: { kind: 'admin' },

  listProjects: { kind: 'signed-in' },
  createProject: { kind: 'signed-in' },
  getProject: inProject('project:read'),
  updateProject: inProject('project:write'),
  deleteProject: inProject('project:delete'),
  getProjectOverview: inProject('project:read'),
  getLineage: inProject('project:read'),
  listMembers: inProject('member:read'),
  addMember: inProject('member:manage'),
  updateMember: inProject('member:manage'),
  removeMember: inProject('member:manage'),
  listActivity: { kind: 'signed-in' },

  listSamples: { kind: 'signed-in' },
  previewDataset: inProject('dataset:write'),
  uploadDataset: inProject('dataset:write'),
  createSampleDataset: inProject('dataset:write'),
  listDatasets: inProject('dataset:read'),
  getDataset: onDataset('dataset:read'),
  updateDataset: onDataset('dataset:write'),
  deleteDataset: onDataset('dataset:write'),
  uploadDatasetVersion: onDataset('dataset:write'),
  listDatasetVersions: onDataset('dataset:read'),
  getDatasetProfile: onDataset('dataset:read'),
  getDatasetRows: onDataset('dataset:read'),
  downloadDataset: onDataset('dataset:read'),

  previewRun: inProject('run:write'),
  createRun: inProject('run:write'),
  listRuns: inProject('run:read'),
  getRun: onRun('run:read'),
  deleteRun: onRun('run:write'),
  listCandidates: onRun('run:read'),
  streamRunEvents: onRun('run:read'),
  getRunLogs: onRun('run:read'),
  cancelRun: onRun('run:write'),
  stopRun: onRun('run:write'),
  pauseRun: onRun('run:write'),
  continueRun: onRun('run:write'),
  extendRun: onRun('run:write'),
  fitCandidate: onRun('run:write'),
  getRunQueue: inProject('run:read'),
  getStudySpace: onRun('run:read'),
  startStudy: onRun('run:write'),
  listTrials: onRun('run:read'),
  applyTrial: onRun('run:write'),
  listRunFindings: onRun('run:read'),
  waiveFinding: onRun('model:write'),
  withdrawWaiver: onRun('model:write'),

  promoteRun: onRun('model:write'),
  listModels: inProject('model:read'),
  getModel: onModel('model:read'),
  updateModel: onModel('model:write'),
  deleteModel: onModel('model:write'),
  listModelVersions: onModel('model:read'),
  getModelVersion: onVersion('model:read'),
  deleteModelVersion: onVersion('model:write'),
  downloadModelArtifact: onVersion('model:read'),
  updateModelVersion: onVersion('model:write'),
  getModelVersionManifest: onVersion('model:read'),
  reproduceModelVersion: onVersion('run:write'),
  listModelReproductions: onVersion('model:read'),
  listModelAliases: onModel('model:read'),
  setModelAlias: onModel('model:write'),
  removeModelAlias: onModel('model:write'),
  rollBackModelAlias: onModel('model:write'),
  listModelAliasChanges: onModel('model:read'),
  previewModelPromotion: onVersion('model:read'),
  waiveModelCheck: onVersion('model:write'),
  withdrawModelWaiver: onVersion('model:write'),
  getProjectModelPolicy: inProject('model:read'),
  setProjectModelPolicy: inProject('project:write'),
  getModelPolicy: onModel('model:read'),
  setModelPolicy: onModel('project:write'),
  resetModelPolicy: onModel('project:write'),

  requestAnalysis: onVersion('model:write'),
  listAnalyses: onVersion('model:read'),
  getAnalysis: onAnalysis('model:read'),
  cancelAnalysis: onAnalysis('model:write'),
  predictWithModel: onVersion('deployment:predict'),

  listModelExports: onVersion('model:read'),
  createModelExport: onVersion('model:write'),
  getModelExport: onExport('model:read'),
  cancelModelExport: onExport('model:write'),
  deleteModelExport: onExport('model:write'),
  downloadModelExport: onExport('model:read'),
  getModelCard: onVersion('model:read'),
  getCandidateNotebook: onRun('run:read'),
  createModelImport: inProject('model:write'),
  listModelImports: inProject('model:read'),
  getModelImport: onImport('model:read'),
  registerModelImport: onImport('model:write'),
  cancelModelImport: onImport('model:write'),
  deleteModelImport: onImport('model:write'),

  listDeployments: inProject('deployment:read'),
  createDeployment: inProject('deployment:write'),
  getDeployment: onDeployment('deployment:read'),
  updateDeployment: onDeployment('deployment:write'),
  deleteDeployment: onDeployment('deployment:write'),
  startDeployment: onDeployment('deployment:write'),
  stopDeployment: onDeployment('deployment:write'),
  getDeploymentSchema: onDeployment('deployment:read'),
  predict: { kind: 'deployment-call' },
  listDeploymentKeys: onDeployment('key:manage'),
  createDeploymentKey: onDeployment('key:manage'),
  revokeDeploymentKey: onDeployment('key:manage'),
  listPredictionRequests: onDeployment('prediction-log:read'),
  getPredictionRequest: onDeployment('prediction-log:read'),
  getDeploymentLogs: onDeployment('deployment:read'),
  streamDeploymentLogs: onDeployment('deployment:read'),
  getDeploymentStats: onDeployment('deployment:read'),

  listAlertRules: onDeployment('alert:read'),
  createAlertRule: onDeployment('alert:write'),
  getAlertRule: onAlertRule('alert:read'),
  updateAlertRule: onAlertRule('alert:write'),
  deleteAlertRule: onAlertRule('alert:write'),
  muteAlertRule: onAlertRule('alert:write'),
  testAlertRule: onAlertRule('alert:write'),
  getAlertHistory: onAlertRule('alert:read'),
  listAlerts: inProject('alert:read'),
  listFiringAlerts: { kind: 'signed-in' },
  acknowledgeAlert: onAlert('alert:write'),

  listWebhooks: inProject('webhook:manage'),
  createWebhook: inProject('webhook:manage'),
  getWebhook: onWebhook,
  updateWebhook: onWebhook,
  deleteWebhook: onWebhook,
  rotateWebhookSecret: onWebhook,
  testWebhook: onWebhook,
  listWebhookDeliveries: onWebhook,
  getWebhookDelivery: onWebhook,
  redeliverWebhook: onWebhook,
  listInstallationWebhooks: { kind: 'admin' },
  createInstallationWebhook: { kind: 'admin' },
  getInstallationWebhook: { kind: 'admin' },
  updateInstallationWebhook: { kind: 'admin' },
  deleteInstallationWebhook: { kind: 'admin' },
  rotateInstallationWebhookSecret: { kind: 'admin' },
  testInstallationWebhook: { kind: 'admin' },
  listInstallationWebhookDeliveries: { kind: 'admin' },
  getInstallationWebhookDelivery: { kind: 'admin' },
  redeliverInstallationWebhook: { kind: 'admin' },

  listExperimentRuns: inProject('run:read'),
  listExperimentFields: inProject('run:read'),
  listExperimentFieldValues: inProject('run:read'),
  exportExperimentRuns: inProject('run:read'),
  tagExperimentRuns: inProject('run:write'),
  deleteExperimentRuns: inProject('run:write'),
  getExperimentRun: onTracked('run:read'),
  updateExperimentRun: onTracked('run:write'),
  getExperimentMetricHistory: onTracked('run:read'),
  listExperimentArtifacts: onTracked('run:read'),
  downloadExperimentArtifact: onTracked('run:read'),
  listExperimentViews: inProject('run:read'),
  createExperimentView: inProject('run:read'),
  updateExperimentView: onView('run:read'),
  deleteExperimentView: onView('run:read'),
  compareExperimentRuns: inProject('run:read'),
  listRescorings: inProject('model:read'),
  createRescoring: inProject('run:write'),
  getRescoring: onRescoring('model:read'),
  cancelRescoring: onRescoring('run:write'),

  mlflowCreateExperiment: inProject('run:write'),
  mlflowGetExperiment: inProject('run:read'),
  mlflowGetExperimentByName: inProject('run:read'),
  mlflowSearchExperiments: inProject('run:read'),
  mlflowListExperiments: inProject('run:read'),
  mlflowUpdateExperiment: inProject('run:write'),
  mlflowDeleteExperiment: inProject('run:write'),
  mlflowRestoreExperiment: inProject('run:write'),
  mlflowSetExperimentTag: inProject('run:write'),
  mlflowCreateRun: inProject('run:write'),
  mlflowGetRun: inProject('run:read'),
  mlflowUpdateRun: inProject('run:write'),
  mlflowDeleteRun: inProject('run:write'),
  mlflowRestoreRun: inProject('run:write'),
  mlflowSearchRuns: inProject('run:read'),
  mlflowLogMetric: inProject('run:write'),
  mlflowLogParameter: inProject('run:write'),
  mlflowLogBatch: inProject('run:write'),
  mlflowSetTag: inProject('run:write'),
  mlflowDeleteTag: inProject('run:write'),
  mlflowLogModel: inProject('run:write'),
  mlflowLogInputs: inProject('run:write'),
  mlflowLogOutputs: inProject('run:write'),
  mlflowGetMetricHistory: inProject('run:read'),
  mlflowListArtifacts: inProject('run:read'),
  mlflowCreateLoggedModel: inProject('run:write'),
  mlflowGetLoggedModel: inProject('run:read'),
  mlflowSearchLoggedModels: inProject('run:read'),
  mlflowFinalizeLoggedModel: inProject('run:write'),
  mlflowLogLoggedModelParams: inProject('run:write'),
  mlflowSetLoggedModelTags: inProject('run:write'),
  mlflowUploadArtifact: inProject('run:write'),
  mlflowListProxiedArtifacts: inProject('run:read'),
  mlflowDownloadArtifact: inProject('run:read'),
  mlflowDeleteArtifact: inProject('run:write'),
};
