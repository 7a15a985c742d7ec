import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { isArtifactStoreError, type ArtifactStore } from '@modelwright/artifact-store';
import {
  CandidateRecipe,
  ModelContract,
  ModelEnvironment,
  ModelEvaluation,
  ModelManifest,
} from '@modelwright/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { MODEL_ARTIFACTS } from '../model-artifacts.js';
import type { RunEntity, RunOutputEntity } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { errorCode } from './error-code.js';
import { bounded } from './event-parser.js';
import { RunWorkspaces } from './run-workspaces.js';
import { openUntrusted, readUntrusted, UntrustedFileError } from './untrusted-file.js';

/** The trainer said that it succeeded, but what it left is not whole or not what it says. */
export class OutputRejectedError extends Error {
  override readonly name = 'OutputRejectedError';
}

const MEGABYTE = 1024 ** 2;
const MAX_DOCUMENT_BYTES = 32 * MEGABYTE;
const MAX_MODEL_BYTES = 8 * 1024 * MEGABYTE;
const WAIT_FOR_SPACE_MS = 5_000;
const MAX_WAITS_FOR_SPACE = 120;

const MODEL = 'model.joblib';
const HOLDOUT = 'holdout.parquet';
/** Out-of-fold predictions: every number of the leaderboard can be computed again from them. */
const PREDICTIONS = 'predictions.parquet';
/** What each candidate was made of, to fit it again. */
const RECIPES = 'recipes.json';

/** The trainer says more about each candidate; what it is made of is enough to fit it. */
const RecipeBook = z.record(z.string(), CandidateRecipe);
const PredictionBook = z.record(z.string(), z.object({ hasPredictions: z.boolean().optional() }));
/** The model as data, and the report of how it became that; a runtime of before does not write them. */
const COMPILED_FILES: readonly string[] = ['compiled.mwc', 'compiled.json'];

/** Where the artifacts of a run are kept. */
export function artifactKey(runId: string, file: string): string {
  return `${runId}/${file}`;
}

export function artifactPrefix(runId: string): string {
  return `${runId}/`;
}

/** Checks what a trainer left in its workspace and moves it to where it stays. */
@Injectable()
export class OutputStore {
  constructor(
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
    private readonly runs: RunRepository,
    private readonly workspaces: RunWorkspaces,
  ) {}

  /**
   * Bytes first, then the row: a crash in between leaves bytes that the next try overwrites.
   * @throws OutputRejectedError when something is missing, malformed or not the file that the manifest names
   */
  async store(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    const folder = this.workspaces.foldersOf(run.id).model;
    await refuseLinkedFolder(folder);
    const manifest = parse(ModelManifest, await document(folder, 'manifest.json'), 'manifest.json');
    if (manifest.runId !== run.id) throw new OutputRejectedError('manifest.json belongs to another run');
    if (manifest.dataSha256 !== run.dataSha256)
      throw new OutputRejectedError('manifest.json names other data than the run was started with');
    const contract = await this.keepDocument(run, folder, 'contract.json', manifest, ModelContract, signal);
    const evaluation = await this.keepDocument(
      run,
      folder,
      'evaluation.json',
      manifest,
      ModelEvaluation,
      signal,
    );
    const environment = await this.keepDocument(
      run,
      folder,
      'environment.json',
      manifest,
      ModelEnvironment,
      signal,
    );
    await this.put(run.id, 'manifest.json', await document(folder, 'manifest.json'), signal);
    const model = await this.keepFile(run, folder, MODEL, manifest, signal);
    const optional = (name: string) =>
      manifest.files.some((file) => file.name === name)
        ? this.keepFile(run, folder, name, manifest, signal)
        : undefined;
    const holdout = await optional(HOLDOUT);
    const predictions = await optional(PREDICTIONS);
    const recipes = await optional(RECIPES);
    for (const name of COMPILED_FILES) await optional(name);
    await this.runs.insertOutput(scope, {
      runId: run.id,
      projectId: run.projectId,
      modelKey: model.key,
      modelSha256: model.sha256,
      modelSizeBytes: model.sizeBytes,
      holdoutKey: holdout?.key ?? null,
      holdoutSha256: holdout?.sha256 ?? null,
      predictionsKey: predictions?.key ?? null,
      predictionsSha256: predictions?.sha256 ?? null,
      recipesKey: recipes?.key ?? null,
      recipesSha256: recipes?.sha256 ?? null,
      contract,
      evaluation,
      environment,
      manifest,
      createdAt: new Date(),
    });
  }

  /** What a candidate was made of, as the trainer wrote it down; undefined when it did not. */
  async recipeOf(output: RunOutputEntity, candidateId: string): Promise<CandidateRecipe | undefined> {
    const recipes = RecipeBook.safeParse(await this.recipes(output));
    return recipes.success ? recipes.data[candidateId] : undefined;
  }

  /** Candidates whose out-of-fold predictions are stored. */
  async candidatesWithPredictions(output: RunOutputEntity): Promise<ReadonlySet<string>> {
    const recipes = PredictionBook.safeParse(await this.recipes(output));
    const entries = recipes.success ? Object.entries(recipes.data) : [];
    return new Set(entries.filter(([, { hasPredictions }]) => hasPredictions === true).map(([id]) => id));
  }

  private async recipes(output: RunOutputEntity): Promise<unknown> {
    if (output.recipesKey === null) return undefined;
    const bytes = await buffer(await this.artifacts.get(output.recipesKey));
    if (createHash('sha256').update(bytes).digest('hex') !== output.recipesSha256) return undefined;
    return JSON.parse(bytes.toString('utf8'));
  }

  async remove(runId: string): Promise<void> {
    await this.artifacts.deletePrefix(artifactPrefix(runId));
  }

  private async keepDocument<S extends z.ZodType>(
    run: RunEntity,
    folder: string,
    name: string,
    manifest: ModelManifest,
    schema: S,
    signal: AbortSignal,
  ): Promise<z.output<S>> {
    const bytes = await document(folder, name);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== expectedSha256(manifest, name))
      throw new OutputRejectedError(`${name} is not the file that manifest.json names`);
    const parsed = parse(schema, bytes, name);
    await this.put(run.id, name, bytes, signal);
    return parsed;
  }

  private async keepFile(
    run: RunEntity,
    folder: string,
    name: string,
    manifest: ModelManifest,
    signal: AbortSignal,
  ) {
    const expected = expectedSha256(manifest, name);
    const stored = await withRoom(signal, () => this.putFile(run.id, folder, name, signal));
    if (stored.sha256 === expected) return stored;
    await this.artifacts.delete(stored.key);
    throw new OutputRejectedError(`${name} is not the file that manifest.json names`);
  }

  private async putFile(runId: string, folder: string, name: string, signal: AbortSignal) {
    const handle = await rejecting(name, openUntrusted(join(folder, name)));
    if (!handle) throw new OutputRejectedError(`${name} is missing`);
    const options = { maxBytes: MAX_MODEL_BYTES, signal };
    return this.artifacts.put(artifactKey(runId, name), handle.createReadStream(), options);
  }

  private put(runId: string, name: string, bytes: Buffer, signal: AbortSignal) {
    const options = { maxBytes: MAX_DOCUMENT_BYTES, signal };
    return withRoom(signal, () => this.artifacts.put(artifactKey(runId, name), bytes, options));
  }
}

/** Hours of training are worth waiting until somebody has made room. */
async function withRoom<T>(signal: AbortSignal, put: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits++) {
    try {
      return await put();
    } catch (error) {
      if (!isArtifactStoreError(error, 'out-of-space') || waits >= MAX_WAITS_FOR_SPACE) throw error;
      await sleep(WAIT_FOR_SPACE_MS, undefined, { signal });
    }
  }
}

/** The folder could be a link to one of the host's. */
async function refuseLinkedFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!found?.isDirectory()) throw new OutputRejectedError('there is no model folder');
}

async function document(folder: string, name: string): Promise<Buffer> {
  return rejecting(name, readUntrusted(join(folder, name), MAX_DOCUMENT_BYTES));
}

async function rejecting<T>(name: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UntrustedFileError)
      throw new OutputRejectedError(`${name} ${error.message}`, { cause: error });
    throw error;
  }
}

function expectedSha256(manifest: ModelManifest, name: string): string {
  const entry = manifest.files.find((file) => file.name === name);
  if (!entry) throw new OutputRejectedError(`manifest.json does not name ${name}`);
  return entry.sha256;
}

function parse<S extends z.ZodType>(schema: S, bytes: Buffer, name: string): z.output<S> {
  let json: unknown;
  try {
    json = storable(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new OutputRejectedError(`${name} is not JSON`, { cause });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OutputRejectedError(
    `${name} is malformed at /${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** Takes out what Postgres cannot keep in JSON; unlike events, documents are not cut. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '');
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return bounded(value, 0);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.toWellFormed().replaceAll('\0', ''), storable(item)]),
  );
}
