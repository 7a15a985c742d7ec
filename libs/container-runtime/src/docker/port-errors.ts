import { ContainerRuntimeError } from '../container-runtime-error.js';
import type { ContainerId } from '../container.types.js';
import { EngineAnswer } from './engine-calls.js';

export function notFound(id: ContainerId): ContainerRuntimeError {
  return new ContainerRuntimeError(
    'container-not-found',
    `There is no container ${id} of this installation.`,
  );
}

/** Rejections become errors of the port. */
export async function portErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toPortError(error);
  }
}

/** An answer that no verb has explained becomes an error of the port. */
export function toPortError(error: unknown, id?: ContainerId): unknown {
  if (!(error instanceof EngineAnswer)) return error;
  if (id !== undefined && error.status === 404) return notFound(id);
  if (error.status === 409)
    return new ContainerRuntimeError('container-conflict', error.message, { cause: error });
  return new ContainerRuntimeError('engine-error', `The engine refused: ${error.message}`, { cause: error });
}
