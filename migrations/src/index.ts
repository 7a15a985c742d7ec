import type { MigrationInterface } from 'typeorm';
import { CreatePlatform1795000000100 } from './1795000000100-create-platform.js';
import { CreateAuth1795000000200 } from './1795000000200-create-auth.js';
import { CreateProjects1795000000300 } from './1795000000300-create-projects.js';
import { CreateDatasets1795000000400 } from './1795000000400-create-datasets.js';
import { CreateTraining1795000000500 } from './1795000000500-create-training.js';
import { CreateModels1795000000600 } from './1795000000600-create-models.js';
import { CreateDeployments1795000000700 } from './1795000000700-create-deployments.js';
import { AddIdempotencyEffectId1795000000800 } from './1795000000800-add-idempotency-effect-id.js';
import { AddPredictionLogPolicy1795000000850 } from './1795000000850-add-prediction-log-policy.js';
import { ExtendRuns1795000000900 } from './1795000000900-extend-runs.js';
import { CreateInsights1795000001000 } from './1795000001000-create-insights.js';
import { CreateExperiments1795000001100 } from './1795000001100-create-experiments.js';
import { CreateRegistry1795000001200 } from './1795000001200-create-registry.js';
import { CreateExports1795000001300 } from './1795000001300-create-exports.js';
import { CreateFindingsAndTrials1795000001400 } from './1795000001400-create-findings-and-trials.js';
import { AddEndpointAccess1795000001500 } from './1795000001500-add-endpoint-access.js';
import { CreateTraffic1795000001600 } from './1795000001600-create-traffic.js';
import { CreateMonitoring1795000001700 } from './1795000001700-create-monitoring.js';
import { CreateAlerts1795000001800 } from './1795000001800-create-alerts.js';
import { CreateFeedback1795000001900 } from './1795000001900-create-feedback.js';
import { CreateBatchJobs1795000002000 } from './1795000002000-create-batch-jobs.js';
import { AddInvitationMails1795000002100 } from './1795000002100-add-invitation-mails.js';
import { CreateCompiledForms1795000002200 } from './1795000002200-create-compiled-forms.js';
import { AddBatchWaiting1795000002300 } from './1795000002300-add-batch-waiting.js';
import { AddExplainedCalls1795000002400 } from './1795000002400-add-explained-calls.js';
import { TellEarlierChecks1795000002500 } from './1795000002500-tell-earlier-checks.js';

/** All steps of the schema in the order of their time stamps; one file per room, then changes. */
export const migrations: (new () => MigrationInterface)[] = [
  CreatePlatform1795000000100,
  CreateAuth1795000000200,
  CreateProjects1795000000300,
  CreateDatasets1795000000400,
  CreateTraining1795000000500,
  CreateModels1795000000600,
  CreateDeployments1795000000700,
  AddIdempotencyEffectId1795000000800,
  AddPredictionLogPolicy1795000000850,
  ExtendRuns1795000000900,
  CreateInsights1795000001000,
  CreateExperiments1795000001100,
  CreateRegistry1795000001200,
  CreateExports1795000001300,
  CreateFindingsAndTrials1795000001400,
  AddEndpointAccess1795000001500,
  CreateTraffic1795000001600,
  CreateMonitoring1795000001700,
  CreateAlerts1795000001800,
  CreateFeedback1795000001900,
  CreateBatchJobs1795000002000,
  AddInvitationMails1795000002100,
  CreateCompiledForms1795000002200,
  AddBatchWaiting1795000002300,
  AddExplainedCalls1795000002400,
  TellEarlierChecks1795000002500,
];
