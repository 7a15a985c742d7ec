import type Docker from 'dockerode';

import { IMAGE_LABELS } from '../container-name.js';
import { ContainerRuntimeError } from '../container-runtime-error.js';
import type { BuildOptions, CallOptions, ImageStatus } from '../container.types.js';
import { isAnswer, type EngineCalls } from './engine-calls.js';
import { runBuildScript, type BuildScript } from './image-builder.js';
import { SharedBuild } from './shared-build.js';

/** The one image that containers are made from. It is looked at and built, never pulled. */
export class RuntimeImage {
  private readonly builds: SharedBuild;

  constructor(
    private readonly docker: Docker,
    private readonly calls: EngineCalls,
    readonly reference: string,
    private readonly script?: BuildScript,
  ) {
    this.builds = new SharedBuild((options) => this.runBuild(options));
  }

  async status(options?: CallOptions): Promise<ImageStatus> {
    const { reference } = this;
    try {
      const image = await this.calls.call('look at an image', options, () =>
        this.docker.getImage(reference).inspect(),
      );
      const labels: Partial<Record<string, string>> = image.Config.Labels ?? {};
      return {
        reference,
        present: true,
        imageId: image.Id,
        runtimeVersion: labels[IMAGE_LABELS.version] ?? null,
        missingLibraries: listOf(labels[IMAGE_LABELS.missingLibraries]),
        engines: listOf(labels[IMAGE_LABELS.engines]),
        inputsHash: labels[IMAGE_LABELS.inputs] ?? null,
        sizeBytes: image.Size,
        createdAt: new Date(image.Created),
      };
    } catch (error) {
      if (!isAnswer(error, 404)) throw error;
      return {
        reference,
        present: false,
        imageId: null,
        runtimeVersion: null,
        missingLibraries: [],
        engines: [],
        inputsHash: null,
        sizeBytes: null,
        createdAt: null,
      };
    }
  }

  async build(options: BuildOptions = {}): Promise<ImageStatus> {
    await this.builds.join(options);
    const status = await this.status({ signal: options.signal });
    if (status.present) return status;
    throw new ContainerRuntimeError(
      'image-build-failed',
      `The build ended well but made no image ${this.reference}.`,
    );
  }

  /** Ends a build that runs. */
  close(): void {
    this.builds.close();
  }

  private async runBuild(options: BuildOptions): Promise<void> {
    if (this.script === undefined) {
      const message = 'This installation does not know how to build the runtime image.';
      throw new ContainerRuntimeError('image-build-failed', message);
    }
    await runBuildScript(this.script, options);
  }
}

function listOf(label: string | undefined): string[] {
  return (label ?? '').split(/[,\s]+/).filter(Boolean);
}
