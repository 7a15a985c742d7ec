import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished, type Readable } from 'node:stream';

import type Docker from 'dockerode';

import { LABELS } from '../container-name.js';
import { ContainerRuntimeError } from '../container-runtime-error.js';
import { MODEL_FOLDER_IN_IMAGE, type CallOptions, type ModelImageSpec } from '../container.types.js';
import { isAnswer, type EngineCalls } from './engine-calls.js';

const REFERENCE = /^[a-z0-9]+([._/-][a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

interface BuildEvent {
  readonly error?: string;
  readonly aux?: { readonly ID?: string };
}

/** Images of a model and the runtime image together: built, saved, and removed again. */
export class ModelImages {
  constructor(
    private readonly docker: Docker,
    private readonly calls: EngineCalls,
    private readonly base: string,
    private readonly installationId: string,
  ) {}

  async save(spec: ModelImageSpec, options?: CallOptions): Promise<Readable> {
    if (!REFERENCE.test(spec.reference))
      throw new ContainerRuntimeError(
        'invalid-spec',
        `${spec.reference} is not a name of an image with a tag.`,
      );
    const before = await this.idOf(spec.reference, options);
    const built = await this.build(spec, options);
    const remove = (): void => void this.restore(spec.reference, built, before).catch(() => undefined);
    try {
      // The calls' time limit is for answers; a tar takes as long as its reader.
      const stream = await this.calls.call(
        'save an image',
        options,
        () => this.docker.getImage(spec.reference).get() as Promise<Readable>,
        null,
      );
      finished(stream, remove);
      await this.refuseOther(spec.reference, built, stream, options);
      options?.signal?.addEventListener('abort', () => stream.destroy(options.signal?.reason as Error), {
        once: true,
      });
      return stream;
    } catch (error) {
      remove();
      throw error;
    }
  }

  /** Somebody may have given the name to an image of theirs meanwhile, and that is what the stream would hold. */
  private async refuseOther(
    reference: string,
    built: string,
    stream: Readable,
    options?: CallOptions,
  ): Promise<void> {
    try {
      if ((await this.idOf(reference, options)) === built) return;
      throw new ContainerRuntimeError(
        'image-build-failed',
        `Another image was named ${reference} at the same time. Try again in a moment.`,
      );
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** @returns id of the image */
  private async build(spec: ModelImageSpec, options?: CallOptions): Promise<string> {
    const context = await mkdtemp(join(tmpdir(), 'mw-image-'));
    try {
      await cp(spec.folder, join(context, 'model'), { recursive: true });
      await writeFile(join(context, 'Dockerfile'), dockerfileOf(spec, this.base));
      const labels = { ...spec.labels, [LABELS.installation]: this.installationId };
      const built = await this.calls.call(
        'build an image',
        options,
        async (abortSignal) => {
          const stream = await this.docker.buildImage(
            { context, src: ['Dockerfile', 'model'] },
            { t: spec.reference, labels, networkmode: 'none', forcerm: true, abortSignal },
          );
          return this.follow(stream, abortSignal);
        },
        null,
      );
      const id = built ?? (await this.idOf(spec.reference, options));
      if (id !== null) return id;
      throw new ContainerRuntimeError('image-build-failed', `The engine does not keep ${spec.reference}.`);
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  }

  /** A failed build is told by an event, not by the stream. @returns id of the image, if the engine tells it */
  private follow(stream: NodeJS.ReadableStream, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.docker.modem.followProgress(stream, (error: Error | null, events: readonly BuildEvent[]) => {
        const failure = error?.message ?? events.find((event) => event.error !== undefined)?.error;
        if (failure === undefined) resolve(events.findLast(({ aux }) => aux?.ID !== undefined)?.aux?.ID);
        else
          reject(
            new ContainerRuntimeError(
              'image-build-failed',
              `The image could not be built: ${failure.trim()}`,
            ),
          );
      });
    });
  }

  /** Takes the tag away again, or gives it back to the image that had it. */
  private async restore(reference: string, built: string, before: string | null): Promise<void> {
    if (built === before || (await this.idOf(reference)) !== built) return;
    await this.calls.call('remove an image', undefined, () => this.docker.getImage(reference).remove());
    if (before === null) return;
    const [repo = reference, tag = 'latest'] = reference.split(':');
    await this.calls.call('tag an image', undefined, () => this.docker.getImage(before).tag({ repo, tag }));
  }

  private async idOf(reference: string, options?: CallOptions): Promise<string | null> {
    try {
      const image = await this.calls.call('look at an image', options, () =>
        this.docker.getImage(reference).inspect(),
      );
      return image.Id;
    } catch (error) {
      if (isAnswer(error, 404)) return null;
      throw error;
    }
  }
}

/** For the classic builder: no frontend line, no mounts, nothing that needs a network. */
export function dockerfileOf(spec: ModelImageSpec, base: string): string {
  const env = Object.entries(spec.env).map(
    ([name, value]) => `ENV ${name}=${JSON.stringify(value).replaceAll('$', '\\$')}`,
  );
  return [
    `FROM ${base}`,
    `COPY model/ ${MODEL_FOLDER_IN_IMAGE}/`,
    ...env,
    'WORKDIR /',
    `EXPOSE ${spec.port}`,
    'CMD []',
    `ENTRYPOINT ${JSON.stringify(spec.entrypoint)}`,
    '',
  ].join('\n');
}
