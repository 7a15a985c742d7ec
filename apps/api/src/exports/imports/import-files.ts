import { join } from 'node:path';
import type { ArtifactStore } from '@modelwright/artifact-store';
import { ModelContract, ModelEnvironment, ModelEvaluation, ModelManifest } from '@modelwright/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { MODEL_ARTIFACTS } from '../../training/model-artifacts.js';
import { openUntrusted, readUntrusted } from '../../training/supervise/untrusted-file.js';
import { EXPORT_FILES, importedKey, importedPrefix, uploadPrefix } from '../export-files.js';
import { JobEndedError } from '../jobs/sandbox-jobs.js';

const MAX_DOCUMENT_BYTES = 32 * 1024 ** 2;
const MAX_MODEL_BYTES = 4 * 1024 ** 3;
const MODEL = 'model.joblib';

export interface StoredImport {
  readonly contract: ModelContract;
  readonly evaluation: ModelEvaluation;
  readonly environment: ModelEnvironment;
  readonly manifest: ModelManifest;
}

/** Moves what an inspection left to where it stays, as far as it is what it says. */
@Injectable()
export class ImportFiles {
  constructor(
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
    @Inject(EXPORT_FILES) private readonly uploads: ArtifactStore,
  ) {}

  /** @throws JobEndedError when a document is malformed or a file is not the one its manifest names */
  async store(importId: string, folder: string, signal: AbortSignal): Promise<StoredImport> {
    const manifest = await document(folder, 'manifest.json', ModelManifest);
    const stored = {
      manifest,
      contract: await document(folder, 'contract.json', ModelContract),
      evaluation: await document(folder, 'evaluation.json', ModelEvaluation),
      environment: await document(folder, 'environment.json', ModelEnvironment),
    };
    for (const { name, sha256 } of [...manifest.files, { name: 'manifest.json', sha256: null }]) {
      if (!NAMES.has(name)) throw new JobEndedError('failed', `The inspection left a file named ${name}.`);
      const handle = await openUntrusted(join(folder, name));
      if (!handle) throw new JobEndedError('failed', `The inspection did not leave ${name}.`);
      const kept = await this.artifacts.put(importedKey(importId, name), handle.createReadStream(), {
        maxBytes: name === MODEL ? MAX_MODEL_BYTES : MAX_DOCUMENT_BYTES,
        signal,
      });
      if (sha256 !== null && kept.sha256 !== sha256)
        throw new JobEndedError('failed', `${name} is not the file that its manifest names.`);
    }
    return stored;
  }

  async remove(importId: string): Promise<void> {
    await this.artifacts.deletePrefix(importedPrefix(importId));
    await this.uploads.deletePrefix(uploadPrefix(importId));
  }
}

const NAMES = new Set([MODEL, 'contract.json', 'evaluation.json', 'environment.json', 'manifest.json']);

async function document<S extends z.ZodType>(folder: string, name: string, schema: S): Promise<z.output<S>> {
  try {
    const bytes = await readUntrusted(join(folder, name), MAX_DOCUMENT_BYTES);
    return schema.parse(JSON.parse(bytes.toString('utf8').replaceAll('\\u0000', '')));
  } catch (cause) {
    throw new JobEndedError('failed', `The inspection left a ${name} that cannot be read.`, { cause });
  }
}
