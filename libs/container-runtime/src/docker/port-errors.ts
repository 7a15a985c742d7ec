import { ContainerRuntimeError } from '../container-runtime-error.js';
import type { ContainerId } from '../container.types.js';
import { EngineAnswer, isAnswer } from './engine-calls.js';

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

/** Reading from a container that is removed meanwhile, which the engine refuses with 409 while it does so, finds none. */
export async function* whileItIsThere<T>(id: ContainerId, items: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* items;
  } catch (error) {
    throw isAnswer(error, 404, 409) ? notFound(id) : toPortError(error);
  }
}
