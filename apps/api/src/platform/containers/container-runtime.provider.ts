import type { FactoryProvider } from '@nestjs/common';
import {
  ContainerRuntime,
  DisabledContainerRuntime,
  DockerContainerRuntime,
} from '@modelwright/container-runtime';
import { AppConfig } from '../config/app-config.js';

/** The engine behind runs and deployments, or a stand-in that says how to switch it on. */
export const containerRuntimeProvider: FactoryProvider<ContainerRuntime> = {
  provide: ContainerRuntime,
  inject: [AppConfig],
  useFactory: ({ execution, storage, installationId }: AppConfig) => {
    if (!execution.dockerEnabled) return new DisabledContainerRuntime();
    return new DockerContainerRuntime({
      installationId,
      image: execution.image,
      executionNetwork: execution.network,
      socketPath: execution.socketPath,
      buildScript: execution.buildScript,
      allowedMountRoots: [
        storage.datasetsDir,
        storage.modelsDir,
        storage.outputsDir,
        storage.workspacesDir,
        storage.deploymentsDir,
        storage.socketsDir,
      ],
    });
  },
};
