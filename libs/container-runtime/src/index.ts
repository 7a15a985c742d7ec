export { ContainerRuntime } from './container-runtime.js';
export {
  ContainerRuntimeError,
  imageIsMissing,
  isContainerRuntimeError,
  type ContainerRuntimeErrorCode,
} from './container-runtime-error.js';
export * from './container.types.js';
export { containerId, containerIdOf, IMAGE_LABELS, LABELS } from './container-name.js';
export { validateContainerSpec, SHARED_MEMORY_MB } from './container-spec.validation.js';
export { explainExit, type ExitFacts } from './exit-reason.js';
export { DisabledContainerRuntime } from './disabled-container-runtime.js';
export { FakeContainerRuntime } from './fake/fake-container-runtime.js';
export type { FakeProcess, FakeProgram } from './fake/fake-container.js';
export { fakePrograms } from './fake/fake-programs.js';
export {
  DockerContainerRuntime,
  type DockerContainerRuntimeOptions,
} from './docker/docker-container-runtime.js';
export {
  assertPosture,
  POSTURE_CHECKS,
  postureFindings,
  type InspectedContainer,
  type PostureCheck,
} from './docker/posture.js';
export { DEFAULT_EXECUTION_NETWORK } from './docker/sandbox-network.js';
export type { BuildScript } from './docker/image-builder.js';
export {
  ConnectionListener,
  listenForContainer,
  type ConnectionListenerOptions,
} from './connection/connection-listener.js';
export {
  ContainerConnectionError,
  isContainerConnectionError,
  type ContainerConnectionErrorCode,
} from './connection/container-connection-error.js';
export type { ContainerReply } from './connection/reply-parser.js';
export type { ContainerRequest } from './connection/request-encoder.js';
