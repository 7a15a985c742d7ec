import { CompiledModelError } from '@modelwright/compiled-model';
import { Injectable, Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { CompiledForms } from '../../models/compiled-forms.service.js';
import { SystemScope } from '../../platform/authorization/project-scope.js';
import { ServedModel } from './served-model.js';

/** How a model version is answered: from its compiled form in this process, or by its container, and then why. */
export type ServingForm =
  | { readonly path: 'compiled'; readonly model: ServedModel }
  | { readonly path: 'container'; readonly reason: string };

const MAX_BYTES = 1024 * 1024 * 1024;
interface Entry {
  readonly projectId: string;
  readonly form: Promise<ServingForm>;
  bytes: number;
}

/** What an entry weighs besides its model, with its reason: many versions that are not compiled have their limit too. */
const ENTRY_BYTES = 4096;

/**
 * Compiled models in memory, one for each version however many deployments serve it, and why other versions have
 * none; the longest unused go first.
 */
@Injectable()
export class CompiledModels {
  private readonly log = new Logger(CompiledModels.name);
  private readonly forms = new Map<string, Entry>();
  private bytes = 0;
  /** Versions whose model is no longer kept here, or is another one now. */
  readonly evicted = new Subject<string>();

  constructor(private readonly artifacts: CompiledForms) {}

  async formOf(projectId: string, modelVersionId: string): Promise<ServingForm> {
    const known = this.forms.get(modelVersionId);
    if (known) {
      this.forms.delete(modelVersionId);
      this.forms.set(modelVersionId, known);
      return known.form;
    }
    const entry = { projectId, form: this.load(projectId, modelVersionId), bytes: 0 };
    this.forms.set(modelVersionId, entry);
    const form = await entry.form;
    this.account(modelVersionId, entry, ENTRY_BYTES + (form.path === 'compiled' ? form.model.sizeBytes : 0));
    return form;
  }

  /**
   * Reads the form of a version again if it is known here, because it was made or refused after training. The old one
   * answers until the new one is ready, so no call waits. @returns whether its answers go another way now
   */
  async renew(modelVersionId: string): Promise<boolean> {
    const known = this.forms.get(modelVersionId);
    if (!known) return false;
    const old = await known.form;
    if (old.path === 'compiled') return false;
    const form = await this.load(known.projectId, modelVersionId);
    // Had to go meanwhile, or could not be read: the next call looks again.
    const isKept = this.forms.has(modelVersionId);
    this.drop(modelVersionId);
    this.evicted.next(modelVersionId);
    if (!isKept) return false;
    const entry = { projectId: known.projectId, form: Promise.resolve(form), bytes: 0 };
    this.forms.set(modelVersionId, entry);
    this.account(modelVersionId, entry, ENTRY_BYTES + (form.path === 'compiled' ? form.model.sizeBytes : 0));
    return form.path === 'compiled';
  }

  /** Versions that are answered by their containers as far as is known here. */
  async withoutForm(): Promise<string[]> {
    const all = await Promise.all(
      [...this.forms].map(async ([id, { form }]) => ((await form).path === 'container' ? id : undefined)),
    );
    return all.filter((id) => id !== undefined);
  }

  /** Never fails: whatever is wrong with a compiled form, the container can answer. */
  private async load(projectId: string, modelVersionId: string): Promise<ServingForm> {
    try {
      const found = await this.artifacts.read(SystemScope.forBackgroundWork(projectId), modelVersionId);
      if ('reason' in found) return { path: 'container', reason: found.reason };
      return { path: 'compiled', model: new ServedModel(found.bytes) };
    } catch (error) {
      this.log.warn(
        { err: error, modelVersionId },
        'A compiled model cannot be used; its container answers.',
      );
      if (error instanceof CompiledModelError)
        return { path: 'container', reason: `Its compiled form is refused: ${error.message}` };
      // Perhaps the disk or the database is away for a moment: the next look tries again.
      this.drop(modelVersionId);
      return { path: 'container', reason: 'Its compiled form could not be read.' };
    }
  }

  private drop(modelVersionId: string): void {
    this.bytes -= this.forms.get(modelVersionId)?.bytes ?? 0;
    this.forms.delete(modelVersionId);
  }

  private account(modelVersionId: string, entry: Entry, bytes: number): void {
    // Had to go while it was being loaded: whoever asked for it has it, and it does not count.
    if (this.forms.get(modelVersionId)?.form !== entry.form) return;
    entry.bytes = bytes;
    this.bytes += bytes;
    for (const [id, oldest] of this.forms) {
      if (this.bytes <= MAX_BYTES || id === modelVersionId) return;
      this.bytes -= oldest.bytes;
      this.forms.delete(id);
      this.evicted.next(id);
    }
  }
}
