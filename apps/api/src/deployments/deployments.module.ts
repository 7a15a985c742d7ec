import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ModelsModule } from '../models/models.module.js';
import { DeploymentKey } from './deployment-key.entity.js';
import { DeploymentKeysController } from './deployment-keys.controller.js';
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
import { EndpointDirectory } from './predict/endpoint-directory.js';
import { FastPredictions } from './predict/fast-predictions.js';
import { KeyUse } from './predict/key-use.js';
import { PredictService } from './predict/predict.service.js';
import { PredictionLogRepository } from './predict/prediction-log.repository.js';
import { PredictionLogRetention } from './predict/prediction-log-retention.js';
import { PredictionLogger } from './predict/prediction-logger.js';
import { PredictionObservers } from './predict/prediction-observers.js';
import { PredictionRequestsController } from './prediction-requests.controller.js';
import { ModelServers } from '../serving/model-servers.js';
import { ServerStart } from './serving/server-start.js';
import { ServerWatch } from './serving/server-watch.js';
import { ServingFolders } from '../serving/serving-folders.js';
import { ServingSupervisor } from './serving/serving-supervisor.js';

@Module({
  imports: [TypeOrmModule.forFeature([Deployment, DeploymentKey]), ModelsModule],
  controllers: [
    DeploymentsController,
    DeploymentKeysController,
    DeploymentLogsController,
    PredictionRequestsController,
    PredictController,
  ],
  providers: [
    DeploymentsRepository,
    DeploymentsService,
    DeploymentKeysService,
    DeploymentFacts,
    DeploymentLineage,
    DeploymentViews,
    PredictionAllowance,
    CallerCheck,
    CompiledModels,
    EndpointDirectory,
    KeyUse,
    PredictService,
    FastPredictions,
    PredictionObservers,
    PredictionLogRepository,
    PredictionLogger,
    PredictionLogRetention,
    ModelServers,
    ServerStart,
    ServerWatch,
    ServingFolders,
    ServingSupervisor,
  ],
  exports: [DeploymentsService, PredictionLogger, PredictionObservers],
})
export class DeploymentsModule {}
