import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isArtifactStoreError, type ArtifactStore } from '@modelwright/artifact-store';
import { Inject, Injectable, StreamableFile } from '@nestjs/common';
import { sha256Of } from '../platform/files/sha256.js';
import { Problem } from '../platform/problems/problem.js';
import { MODEL_ARTIFACTS } from '../training/model-artifacts.js';
import { nameOf, type VersionOfModel } from './version-facts.js';

const MODEL_FILE = 'model.joblib';
/** What a model server loads, under the names that it expects. */
const SERVED_FILES = [MODEL_FILE, 'contract.json', 'manifest.json'] as const;
/** The held-out rows with their predictions, as the trainer wrote them. */
const HOLDOUT_FILE = 'holdout.parquet';

/** The stored files of model versions, checked against their hashes on the way out (I5, F20). */
@Injectable()
export class ModelFiles {
  constructor(@Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore) {}

  /** Compared before the first byte leaves, while a problem can still be sent. @throws Problem `artifact-damaged` */
  async download(found: VersionOfModel): Promise<{ file: StreamableFile; sha256: string }> {
    const { version, model } = found;
    const { artifactKey, artifactSha256, sizeBytes } = version;
    const what = nameOf(found);
    if ((await sha256Of(await this.open(artifactKey, what))) !== artifactSha256)
      throw artifactDamaged(what, MODEL_FILE);
    const file = new StreamableFile(await this.open(artifactKey, what), {
      type: 'application/octet-stream',
      length: sizeBytes,
      disposition: `attachment; filename="model-${model.id}-v${version.number}.joblib"`,
    });
    return { file, sha256: artifactSha256 };
  }

  /**
   * Writes the files that a model server loads, byte for byte as the trainer wrote them. Safe to repeat; a file is whole
   * or absent.
   * @throws Problem `artifact-damaged` when bytes have changed or are gone
   */
  async writeServed(found: VersionOfModel, folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    // The manifest cannot name itself; what it says is checked file by file.
    for (const name of SERVED_FILES) await this.copy(found, name, join(folder, name));
  }

  /**
   * @returns the SHA-256 of the held-out rows; undefined when none were kept with this version
   * @throws Problem `artifact-damaged`
   */
  async writeHoldout(found: VersionOfModel, file: string): Promise<string | undefined> {
    const expected = hashOf(found, HOLDOUT_FILE);
    if (expected !== undefined) await this.copy(found, HOLDOUT_FILE, file);
    return expected;
  }

  private async copy(found: VersionOfModel, name: string, target: string): Promise<void> {
    const { artifactKey } = found.version;
    const what = nameOf(found);
    const expected = hashOf(found, name);
    const key = name === MODEL_FILE ? artifactKey : artifactKey.replace(/[^/]+$/, name);
    const hash = createHash('sha256');
    const temporary = `${target}.part`;
    const content = await this.open(key, what);
    content.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(content, createWriteStream(temporary, { mode: 0o644 }));
    if (expected !== undefined && hash.digest('hex') !== expected) {
      await rm(temporary, { force: true });
      throw artifactDamaged(what, name);
    }
    await rename(temporary, target);
  }

  private async open(key: string, what: string) {
    try {
      return await this.artifacts.get(key);
    } catch (error) {
      if (isArtifactStoreError(error, 'not-found'))
        throw artifactDamaged(what, key.split('/').at(-1) ?? key, error);
      throw error;
    }
  }
}

function hashOf({ version }: VersionOfModel, name: string): string | undefined {
  return version.manifest.files.find((file) => file.name === name)?.sha256;
}

function artifactDamaged(what: string, file: string, cause?: unknown): Problem {
  return new Problem(
    'artifact-damaged',
    `${file} of ${what} is not the file that was stored: its bytes have changed or are gone. Train again, and check the disk.`,
    { cause },
  );
}
