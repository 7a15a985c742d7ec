/** What went wrong with a container, for decisions; the message is for people. */
export type ContainerRuntimeErrorCode =
  /** No engine answers, it did not answer in time, or it is switched off. Trying again later is sensible. */
  | 'runtime-unreachable'
  /** The runtime image is not on this engine. It is never pulled. */
  | 'image-not-found'
  /** Building the runtime image failed; the message holds the last lines of the build. */
  | 'image-build-failed'
  /** No container of this installation has that id. */
  | 'container-not-found'
  /** The name is taken by something else, or the container is in a state in which the verb makes no sense. */
  | 'container-conflict'
  /** The specification asks for something that is not allowed; nothing was started. */
  | 'invalid-spec'
  /** The engine would not hold the container the way it has to be held; nothing was started. */
  | 'posture-refused'
  /** The engine answered with an error that is none of the above. */
  | 'engine-error';

/** The only error that leaves a {@link ContainerRuntime}, apart from the reason of an aborted signal. */
export class ContainerRuntimeError extends Error {
  override readonly name = 'ContainerRuntimeError';

  constructor(
    readonly code: ContainerRuntimeErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether `error` is a {@link ContainerRuntimeError}, with that code if one is given. */
export function isContainerRuntimeError(
  error: unknown,
  code?: ContainerRuntimeErrorCode,
): error is ContainerRuntimeError {
  return error instanceof ContainerRuntimeError && (code === undefined || error.code === code);
}

/** What to do about an image that is not there. */
export function imageIsMissing(reference: string): string {
  return `The runtime image ${reference} is not on this engine. Build it with docker/runtime/build-runtime.sh.`;
}
