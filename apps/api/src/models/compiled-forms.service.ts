import { createHash } from 'node:crypto';
import { isArtifactStoreError, type ArtifactStore } from '@modelwright/artifact-store';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Scope } from '../platform/authorization/project-scope.js';
import { DomainEvents, Notifier } from '../platform/events/domain-events.js';
import { MODEL_ARTIFACTS } from '../training/model-artifacts.js';
import { absenceIn, absenceOf, NEVER_TRIED, type Absence } from './compiled-report.js';
import { LaterForms, type LaterForm } from './later-forms.repository.js';
import { ModelsService, type ServableModel } from './models.service.js';

/** The bytes of a compiled model, or why there are none. */
export type CompiledForm = { readonly bytes: Buffer } | Absence;

/** Carries the id of a version whose compiled form was made or refused after its training, on every replica. */
export const COMPILED_FORM_CHANGED = 'compiled_form_changed';

const COMPILED = 'compiled.mwc';
const REPORT = 'compiled.json';
export const MAX_COMPILED_BYTES = 80 * 1024 * 1024;
export const MAX_REPORT_BYTES = 64 * 1024;

const DAMAGED: Absence = {
  reason: 'Its compiled form was changed or removed after it was made.',
  canTranslate: true,
};

/**
 * What there is of a version besides its pickle: the whole pipeline as data (docs/compiled-model.md), made at the end of
 * its training or later.
 */
@Injectable()
export class CompiledForms {
  constructor(
    private readonly models: ModelsService,
    @Inject(MODEL_ARTIFACTS) private readonly artifacts: ArtifactStore,
    private readonly later: LaterForms,
    private readonly events: DomainEvents,
    private readonly notifier: Notifier,
  ) {}

  /** @throws Problem `model-not-found` */
  async read(scope: Scope, modelVersionId: string): Promise<CompiledForm> {
    const servable = await this.models.getServable(scope, modelVersionId);
    const bytes = await this.file(servable, COMPILED, MAX_COMPILED_BYTES);
    if (bytes) return { bytes };
    const later = await this.later.find(scope, modelVersionId);
    if (later?.file) {
      const found = await this.checked(later.file.key, later.file.sha256, MAX_COMPILED_BYTES);
      return found ? { bytes: found } : DAMAGED;
    }
    if (later) return absenceOf(later.report);
    return isNamed(servable, COMPILED) ? DAMAGED : this.absenceAfterTraining(servable);
  }

  /**
   * Why a version has no compiled form; null when it has one. Does not open the form itself, so a damaged one counts.
   * @throws Problem `model-not-found`
   */
  async absence(scope: Scope, modelVersionId: string): Promise<Absence | null> {
    const servable = await this.models.getServable(scope, modelVersionId);
    if (isNamed(servable, COMPILED)) return null;
    const later = await this.later.find(scope, modelVersionId);
    if (later) return later.file ? null : absenceOf(later.report);
    return this.absenceAfterTraining(servable);
  }

  /**
   * Why a version cannot be translated; null when it was, or when nobody has tried.
   * @throws Problem `model-not-found`
   */
  async refusal(scope: Scope, modelVersionId: string): Promise<string | null> {
    const absence = await this.absence(scope, modelVersionId);
    return absence === null || absence === NEVER_TRIED ? null : absence.reason;
  }

  /** Of these versions, those that were translated or refused after training. */
  translatedLater(modelVersionIds: readonly string[]): Promise<Set<string>> {
    return this.later.among(modelVersionIds);
  }

  /**
   * Keeps the bytes of a translation beside the model, where they are removed with it. They count from `note` on.
   * Safe to repeat.
   * @throws Problem `model-not-found`
   */
  async store(scope: Scope, modelVersionId: string, bytes: Buffer): Promise<NonNullable<LaterForm['file']>> {
    const { artifactKey } = await this.models.getServable(scope, modelVersionId);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const key = artifactKey.replace(/[^/]+$/, `translated/${sha256}.mwc`);
    return this.artifacts.put(key, bytes, { maxBytes: MAX_COMPILED_BYTES });
  }

  /** Writes down what a translation came to, and tells everybody who answers for the version. */
  async note(scope: Scope, modelVersionId: string, form: LaterForm, manager: EntityManager): Promise<void> {
    const { modelId } = await this.models.getServable(scope, modelVersionId);
    await this.later.put(scope, modelVersionId, form, manager);
    await this.notifier.notify(COMPILED_FORM_CHANGED, modelVersionId, manager);
    const entity = { kind: 'model', id: modelId } as const;
    await this.events.publish({ type: 'model.updated', projectId: scope.projectId, entity }, manager);
  }

  private async absenceAfterTraining(servable: ServableModel): Promise<Absence> {
    const report = await this.file(servable, REPORT, MAX_REPORT_BYTES);
    return report ? absenceIn(report) : NEVER_TRIED;
  }

  /** The file if it is there and is the one that the manifest names. */
  private async file(
    { artifactKey, manifest }: ServableModel,
    name: string,
    maxBytes: number,
  ): Promise<Buffer | undefined> {
    const expected = manifest.files.find((file) => file.name === name);
    if (!expected || expected.sizeBytes > maxBytes) return undefined;
    return this.checked(artifactKey.replace(/[^/]+$/, name), expected.sha256, maxBytes);
  }

  private async checked(key: string, expected: string, maxBytes: number): Promise<Buffer | undefined> {
    const bytes = await this.readAll(key, maxBytes);
    const sha256 = bytes && createHash('sha256').update(bytes).digest('hex');
    return sha256 === expected ? bytes : undefined;
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
