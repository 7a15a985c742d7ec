import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ModelsModule } from '../models/models.module.js';
import { CallDoor } from './access/call-door.js';
import { CallLimits } from './access/call-limits.js';
import { KeyQuotas } from './access/key-quotas.js';
import { RejectedCalls } from './access/rejected-calls.js';
import { DeploymentKey } from './deployment-key.entity.js';
import { DeploymentKeysController } from './deployment-keys.controller.js';
import { DeploymentKeysRepository } from './deployment-keys.repository.js';
import { DeploymentKeysService } from './deployment-keys.service.js';
import { DeploymentFacts } from './deployment-facts.js';
import { DeploymentLineage } from './deployment-lineage.js';
import { DeploymentLogsController } from './deployment-logs.controller.js';
import { DeploymentViews } from './deployment-views.service.js';
import { Deployment } from './deployment.entity.js';
import { DeploymentsController } from './deployments.controller.js';
import { DeploymentsRepository } from './deployments.repository.js';
import { DeploymentsService } from './deployments.service.js';
import { PredictController } from './predict.controller.js';
import { PredictionAllowance } from './predict/allowance.js';
import { CallerCheck } from './predict/caller-check.js';
import { CompiledModels } from './predict/compiled-models.js';
import { LaterFormWatch } from './predict/later-form-watch.js';
import { EndpointDirectory } from './predict/endpoint-directory.js';
import { FastPredictions } from './predict/fast-predictions.js';
import { PlainPredictions } from './predict/plain-predictions.js';
import { WirePredictions } from './predict/wire-predictions.js';
import { Explanations } from './predict/explanations.js';
import { HttpPredictions } from './predict/http-predictions.js';
import { KeyUse } from './predict/key-use.js';
import { PredictionIntervals } from './predict/prediction-intervals.js';
import { PredictService } from './predict/predict.service.js';
import { PredictionLogRepository } from './predict/prediction-log.repository.js';
import { PredictionLogRetention } from './predict/prediction-log-retention.js';
import { PredictionLogger } from './predict/prediction-logger.js';
import { AnsweredRows } from './requests/answered-rows.js';
import { LogReaders } from './requests/log-readers.js';
import { PredictionRequestsController } from './requests/prediction-requests.controller.js';
import { PredictionRequests } from './requests/prediction-requests.service.js';
import { ServedContracts } from './requests/served-contracts.js';
import { InferenceController } from './protocols/inference.controller.js';
import { MlflowScoringController } from './protocols/mlflow-scoring.controller.js';
import { ServedEndpoints } from './protocols/served-endpoints.js';
import { PredictionObservers } from './predict/prediction-observers.js';
import { ModelServers } from '../serving/model-servers.js';
import { ServerStart } from './serving/server-start.js';
import { ServerWatch } from './serving/server-watch.js';
import { ServingClock } from './serving/serving-clock.js';
import { ServingFolders } from '../serving/serving-folders.js';
import { ServingSupervisor } from './serving/serving-supervisor.js';
import { ContainerNeed } from './serving/container-need.js';
import { ServerCare } from './serving/server-care.js';
import { ServerEnds } from './serving/server-ends.js';
import { WarmServers } from './serving/warm-servers.js';
import { ServingUnits } from './serving/serving-units.js';
import { TargetCalls } from './predict/target-calls.js';
import { DeploymentTarget } from './traffic/deployment-target.entity.js';
import { RehearsalRun } from './traffic/rehearsal-run.service.js';
import { RehearsalsController } from './traffic/rehearsals.controller.js';
import { RehearsalsRepository } from './traffic/rehearsals.repository.js';
import { RehearsalsService } from './traffic/rehearsals.service.js';
import { ShadowRepository } from './traffic/shadow.repository.js';
import { ShadowTraffic } from './traffic/shadow-traffic.js';
import { SwitchHistory } from './traffic/switch-news.js';
import { Switches } from './traffic/switches.service.js';
import { TargetsRepository } from './traffic/targets.repository.js';
import { TrafficController } from './traffic/traffic.controller.js';
import { TrafficRetention } from './traffic/traffic-retention.js';
import { TrafficService } from './traffic/traffic.service.js';
import { TrafficViews } from './traffic/traffic-views.service.js';
import { VersionCounts } from './traffic/version-counts.repository.js';

@Module({
  imports: [TypeOrmModule.forFeature([Deployment, DeploymentKey, DeploymentTarget]), ModelsModule],
  controllers: [
    DeploymentsController,
    DeploymentKeysController,
    DeploymentLogsController,
    PredictionRequestsController,
    PredictController,
    MlflowScoringController,
    InferenceController,
    TrafficController,
    RehearsalsController,
  ],
  providers: [
    DeploymentsRepository,
    DeploymentsService,
    DeploymentKeysService,
    DeploymentKeysRepository,
    DeploymentFacts,
    DeploymentLineage,
    DeploymentViews,
    PredictionAllowance,
    KeyQuotas,
    CallLimits,
    CallDoor,
    RejectedCalls,
    PredictionIntervals,
    CallerCheck,
    CompiledModels,
    LaterFormWatch,
    EndpointDirectory,
    KeyUse,
    PredictService,
    Explanations,
    HttpPredictions,
    ServedEndpoints,
    FastPredictions,
    PlainPredictions,
    WirePredictions,
    PredictionObservers,
    PredictionLogRepository,
    PredictionLogger,
    PredictionLogRetention,
    PredictionRequests,
    ServedContracts,
    LogReaders,
    AnsweredRows,
    ModelServers,
    ServerStart,
    ServerWatch,
    ServingClock,
    ServingFolders,
    ServingSupervisor,
    ServingUnits,
    ServerCare,
    ServerEnds,
    WarmServers,
    ContainerNeed,
    TargetCalls,
    ShadowRepository,
    ShadowTraffic,
    Switches,
    SwitchHistory,
    TargetsRepository,
    TrafficRetention,
    RehearsalRun,
    RehearsalsRepository,
    RehearsalsService,
    TrafficService,
    TrafficViews,
    VersionCounts,
  ],
  exports: [
    SwitchHistory,
    AnsweredRows,
    CallDoor,
    CompiledModels,
    DeploymentsService,
    PredictionIntervals,
    PredictionLogger,
    PredictionObservers,
  ],
})
export class DeploymentsModule {}
