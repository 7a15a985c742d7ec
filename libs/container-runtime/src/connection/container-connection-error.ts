export type ContainerConnectionErrorCode =
  /** No connection from the container was free before the deadline. */
  | 'no-connection'
  /** The container did not finish its reply before the deadline. */
  | 'deadline-exceeded'
  /** The container closed the connection in the middle. */
  | 'connection-lost'
  /** The reply is no HTTP/1.1 reply that can be understood in one way only. */
  | 'bad-reply'
  /** The reply is larger than the limit. */
  | 'reply-too-large'
  /** Too many requests wait already. */
  | 'overloaded'
  /** The listener is closed. */
  | 'closed'
  /** The request itself cannot be sent: a line break in a header, for example. */
  | 'invalid-request'
  /** The socket cannot be made at that path. */
  | 'cannot-listen';

/** What went wrong between the API and a container's server; the message is for people. */
export class ContainerConnectionError extends Error {
  override readonly name = 'ContainerConnectionError';

  constructor(
    readonly code: ContainerConnectionErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether `error` is a {@link ContainerConnectionError}, with that code if one is given. */
export function isContainerConnectionError(
  error: unknown,
  code?: ContainerConnectionErrorCode,
): error is ContainerConnectionError {
  return error instanceof ContainerConnectionError && (code === undefined || error.code === code);
}
