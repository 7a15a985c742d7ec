import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, lstat, mkdir, opendir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isArtifactStoreError, type ArtifactStore } from '@modelwright/artifact-store';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../platform/database/data-source.js';
import type { Scope } from '../../platform/authorization/project-scope.js';
import { MODEL_ARTIFACTS } from '../model-artifacts.js';
import type { RunEntity, SearchStateFile } from '../run.entity.js';
import { RunRepository } from '../run.repository.js';
import { errorCode } from './error-code.js';
import { RunWorkspaces } from './run-workspaces.js';
import { openUntrusted, UntrustedFileError } from './untrusted-file.js';

const MAX_BYTES = 200 * 1024 ** 2;
const MAX_FILES = 2_000;
const MAX_DEPTH = 3;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/;
/** In the artifact store, below the folder of the run. */
const FOLDER = 'search-state';

/** Keeps what a search knew when it ended, so that a later run goes on from there instead of from the start. */
@Injectable()
export class SearchStateStore {
  private readonly logger = new Logger('Training');

  constructor(
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
    private readonly runs: RunRepository,
    private readonly workspaces: RunWorkspaces,
  ) {}

  /** Stores what is there, however the run ended. A run without it cannot be extended, and nothing else is lost. */
  async keep(scope: Scope, run: RunEntity, signal: AbortSignal): Promise<void> {
    try {
      const files = await this.store(run.id, signal);
      if (files.length === 0) return;
      const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
      await this.runs.insertSearchState(scope, {
        runId: run.id,
        projectId: run.projectId,
        files,
        sizeBytes,
        createdAt: new Date(),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!isExpected(error)) throw error;
      this.logger.warn({ event: 'run.search_state_lost', runId: run.id, reason: messageOf(error) });
      await this.artifacts.deletePrefix(`${run.id}/${FOLDER}/`);
    }
  }

  /**
   * Lays out a stored search for a container to read, every file checked against its SHA-256 (I5).
   * @returns whether there was one, whole
   */
  async restore(scope: Scope, runId: string, folder: string, signal: AbortSignal): Promise<boolean> {
    const state = await this.runs.findSearchState(scope, runId);
    if (!state) return false;
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    for (const file of state.files) if (!(await this.copy(runId, file, folder, signal))) return false;
    return true;
  }

  private async copy(
    runId: string,
    { name, sha256 }: SearchStateFile,
    folder: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    const hash = createHash('sha256');
    const hashing = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      const content = await this.artifacts.get(`${runId}/${FOLDER}/${name}`, { signal });
      await pipeline(content, hashing, createWriteStream(path, { mode: 0o644 }), { signal });
    } catch (error) {
      if (isArtifactStoreError(error, 'not-found')) return false;
      throw error;
    }
    return hash.digest('hex') === sha256;
  }

  private async store(runId: string, signal: AbortSignal): Promise<SearchStateFile[]> {
    const root = this.workspaces.foldersOf(runId).searchState;
    const names = await filesIn(root, '', 0);
    const files: SearchStateFile[] = [];
    let left = MAX_BYTES;
    for (const name of names) {
      const handle = await openUntrusted(join(root, name));
      if (!handle) continue;
      const content = handle.createReadStream();
      const stored = await this.artifacts.put(`${runId}/${FOLDER}/${name}`, content, {
        maxBytes: Math.max(1, left),
        signal,
      });
      left -= stored.sizeBytes;
      files.push({ name, sha256: stored.sha256, sizeBytes: stored.sizeBytes });
    }
    return files;
  }
}

/** The container left nonsense, or there is no room: the run itself is worth more than going on with it later. */
function isExpected(error: unknown): boolean {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');
  return error instanceof UntrustedFileError || isArtifactStoreError(error) || isFull;
}

/** Regular files with plain names, links passed over: the container chose what is there. */
async function filesIn(root: string, below: string, depth: number): Promise<string[]> {
  const folder = join(root, below);
  const found = await lstat(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!found?.isDirectory()) return [];
  const names: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (!NAME.test(entry.name)) continue;
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) names.push(name);
    else if (entry.isDirectory() && depth < MAX_DEPTH) names.push(...(await filesIn(root, name, depth + 1)));
    if (names.length > MAX_FILES) throw new UntrustedFileError('holds too many files');
  }
  return names.sort();
}
