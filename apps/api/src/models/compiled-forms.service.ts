import { createHash } from 'node:crypto';
import { isArtifactStoreError, type ArtifactStore } from '@modelwright/artifact-store';
import { Inject, Injectable } from '@nestjs/common';
import type { Scope } from '../platform/authorization/project-scope.js';
import { MODEL_ARTIFACTS } from '../training/model-artifacts.js';
import { ModelsService, type ServableModel } from './models.service.js';

/** The bytes of a compiled model, or why there are none, as one sentence. */
export type CompiledForm = { readonly bytes: Buffer } | { readonly reason: string };

const COMPILED = 'compiled.mwc';
const REPORT = 'compiled.json';
const MAX_BYTES = 80 * 1024 * 1024;
const MAX_REPORT_BYTES = 64 * 1024;
const MAX_REASON_CHARACTERS = 500;

/** What the trainer made of a version besides its pickle: the whole pipeline as data (docs/compiled-model.md). */
@Injectable()
export class CompiledForms {
  constructor(
    private readonly models: ModelsService,
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
  ) {}

  /** @throws Problem `model-not-found` */
  async read(scope: Scope, modelVersionId: string): Promise<CompiledForm> {
    const servable = await this.models.getServable(scope, modelVersionId);
    const bytes = await this.file(servable, COMPILED, MAX_BYTES);
    if (bytes) return { bytes };
    if (isNamed(servable, COMPILED))
      return { reason: 'Its compiled form was changed or removed after training.' };
    return { reason: reasonIn(await this.file(servable, REPORT, MAX_REPORT_BYTES)) };
  }

  /**
   * Why the trainer could not translate a version; null when it did, or when nobody has tried.
   * @throws Problem `model-not-found`
   */
  async refusal(scope: Scope, modelVersionId: string): Promise<string | null> {
    const servable = await this.models.getServable(scope, modelVersionId);
    if (isNamed(servable, COMPILED)) return null;
    const report = await this.file(servable, REPORT, MAX_REPORT_BYTES);
    return report ? reasonIn(report) : null;
  }

  /** The file if it is there and is the one that the manifest names. */
  private async file(
    { artifactKey, manifest }: ServableModel,
    name: string,
    maxBytes: number,
  ): Promise<Buffer | undefined> {
    const expected = manifest.files.find((file) => file.name === name);
    if (!expected || expected.sizeBytes > maxBytes) return undefined;
    const bytes = await this.readAll(artifactKey.replace(/[^/]+$/, name), maxBytes);
    const sha256 = bytes && createHash('sha256').update(bytes).digest('hex');
    return sha256 === expected.sha256 ? bytes : undefined;
  }

  private async readAll(key: string, maxBytes: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of await this.artifacts.get(key)) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
        if (size > maxBytes) return undefined;
      }
    } catch (error) {
      if (isArtifactStoreError(error, 'not-found')) return undefined;
      throw error;
    }
    return Buffer.concat(chunks);
  }
}

function isNamed({ manifest }: ServableModel, name: string): boolean {
  return manifest.files.some((file) => file.name === name);
}

function reasonIn(report: Buffer | undefined): string {
  if (!report)
    return 'It was trained before models were compiled; train it again to have it answered faster.';
  try {
    const document: unknown = JSON.parse(report.toString('utf8'));
    if (typeof document === 'object' && document !== null && 'reason' in document)
      return String(document.reason).slice(0, MAX_REASON_CHARACTERS);
  } catch {
    return 'The report of its translation cannot be read.';
  }
  return 'The report of its translation names no reason.';
}
