import { ContainerRuntime, isContainerRuntimeError, type ImageStatus } from '@modelwright/container-runtime';
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { messageOf } from '../database/data-source.js';

const FRESH_MS = 5_000;
const LOOK_AGAIN_MS = 30_000;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 30 * 60_000;

/** How long after the n-th failed build in a row the next one begins. */
export function retryAfterMs(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
}

interface FailedBuild {
  readonly reason: string;
  readonly inARow: number;
  /** As `Date.now()`. */
  readonly nextAt: number;
}

/** Libraries of the full set (E8); an image may come without some of them where no Python index was in reach. */
export const RUNTIME_LIBRARIES = [
  'scikit-learn',
  'lightgbm',
  'xgboost',
  'catboost',
  'optuna',
  'shap',
  'pandas',
  'polars',
  'pyarrow',
  'matplotlib',
  'ipykernel',
  'uvicorn',
] as const;

export interface RuntimeImageState {
  readonly state: 'missing' | 'building' | 'ready' | 'failed' | 'unavailable';
  readonly reference: string;
  /** 0 to 100 while it is being built. */
  readonly percent: number | null;
  /** One sentence for people. */
  readonly message: string;
  readonly version: string | null;
  readonly missingLibraries: readonly string[];
  /** Search engines besides the built-in one. */
  readonly engines: readonly string[];
  readonly imageId: string | null;
  /** Hash of what the image was built from, its lock file included. */
  readonly inputsHash: string | null;
}

/** The image that models are trained and served in: whether it is there, and its building in the background (E8). */
@Injectable()
export class RuntimeImage implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('RuntimeImage');
  private readonly stopping = new AbortController();
  private build: { percent: number; step: string } | undefined;
  private failure: FailedBuild | undefined;
  private known: { state: RuntimeImageState; at: number } | undefined;
  private watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly runtime: ContainerRuntime,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    const { dockerEnabled, autoBuildImage } = this.config.execution;
    if (!dockerEnabled || !autoBuildImage) return;
    void this.buildIfMissing();
    // The engine may come up later, and images get removed.
    this.watch = setInterval(() => void this.buildIfMissing(), LOOK_AGAIN_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.watch);
    this.stopping.abort(new Error('The process is asked to end.'));
  }

  async state(): Promise<RuntimeImageState> {
    if (this.build)
      return this.describe('building', `Building the runtime image: ${this.build.step}`, this.build.percent);
    if (this.known && Date.now() - this.known.at < FRESH_MS) return this.known.state;
    const state = await this.look();
    this.known = { state, at: Date.now() };
    return state;
  }

  private async look(): Promise<RuntimeImageState> {
    try {
      const image = await this.runtime.imageStatus();
      if (image.present) return this.ready(image);
      if (this.failure !== undefined) return this.describe('failed', sentenceOf(this.failure));
      return this.describe(
        'missing',
        `The runtime image ${image.reference} is not there. Run docker/runtime/build-runtime.sh, or set EXECUTION_AUTO_BUILD_IMAGE=true.`,
      );
    } catch (error) {
      const reason = isContainerRuntimeError(error) ? error.message : 'The container engine did not answer.';
      return this.describe('unavailable', reason);
    }
  }

  private ready(image: ImageStatus): RuntimeImageState {
    this.failure = undefined;
    const missing = image.missingLibraries;
    const message =
      missing.length === 0
        ? `The runtime image ${image.reference} is ready.`
        : `The runtime image ${image.reference} is ready, without ${missing.join(', ')}.`;
    return {
      ...this.describe('ready', message),
      version: image.runtimeVersion,
      missingLibraries: missing,
      engines: image.engines,
      imageId: image.imageId,
      inputsHash: image.inputsHash,
    };
  }

  private describe(
    state: RuntimeImageState['state'],
    message: string,
    percent: number | null = null,
  ): RuntimeImageState {
    return {
      state,
      reference: this.config.execution.image,
      percent,
      message,
      version: null,
      missingLibraries: [],
      engines: [],
      imageId: null,
      inputsHash: null,
    };
  }

  private async buildIfMissing(): Promise<void> {
    if (this.build || Date.now() < (this.failure?.nextAt ?? 0) || this.stopping.signal.aborted) return;
    try {
      if ((await this.runtime.imageStatus()).present) return;
    } catch (error) {
      this.logger.debug(`Cannot look for the runtime image: ${messageOf(error)}`);
      return;
    }
    await this.buildNow();
  }

  private async buildNow(): Promise<void> {
    this.build = { percent: 0, step: 'starting' };
    this.logger.log('The runtime image is missing; building it in the background.');
    try {
      await this.runtime.buildImage({
        signal: this.stopping.signal,
        onProgress: ({ percent, step }) => {
          this.build = { percent, step };
        },
      });
      this.logger.log('The runtime image is ready.');
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      const inARow = (this.failure?.inARow ?? 0) + 1;
      this.failure = { reason: messageOf(error), inARow, nextAt: Date.now() + retryAfterMs(inARow) };
      this.logger.error(sentenceOf(this.failure));
    } finally {
      this.build = undefined;
      this.known = undefined;
    }
  }
}

function sentenceOf({ reason, inARow, nextAt }: FailedBuild): string {
  const minutes = Math.max(1, Math.round((nextAt - Date.now()) / 60_000));
  const tries = inARow === 1 ? 'once' : `${inARow} times in a row`;
  return `The runtime image could not be built (tried ${tries}); the next try is in ${minutes} min. ${reason}`;
}
