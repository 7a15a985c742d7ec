import { Injectable, computed, inject, resource, signal } from '@angular/core';
import {
  type DatasetResponse,
  type Project,
  previewDataset,
  uploadDataset,
  uploadDatasetVersion,
} from '@modelwright/sdk';
import { call } from '../api/call';
import { type ApiProblem, isAbort, toProblem } from '../api/problem';
import { Session } from '../api/session';
import { type DialectChoice, type DialectField, withChoice } from './import-draft';
import { type UploadProgress, fetchWithProgress } from './upload-transport';

const PREVIEW_BYTES = 1024 * 1024;
const SPEED_WINDOW_MS = 1000;

/** A file that was dropped and not sent yet. */
export interface Draft {
  readonly file: File;
  readonly projectId: string;
  /** Set when it becomes a new version of that dataset. */
  readonly datasetId?: string;
  /** Set when the project was made for files that are not sent yet: without them nobody wants it. */
  readonly madeProject?: Project;
}

export interface Transfer extends UploadProgress {
  readonly fileName: string;
  readonly bytesPerSecond: number;
}

/** A file on its way in: looked at, adjusted, sent. One at a time; further ones wait their turn. */
@Injectable({ providedIn: 'root' })
export class ImportsStore {
  private readonly session = inject(Session);
  private readonly queue = signal<readonly Draft[]>([]);
  private readonly abort = signal<AbortController | undefined>(undefined);

  readonly draft = computed(() => this.queue()[0]);
  readonly waiting = computed(() => Math.max(0, this.queue().length - 1));
  readonly choice = signal<DialectChoice>({});
  readonly name = signal('');
  readonly transfer = signal<Transfer | undefined>(undefined);
  readonly problem = signal<ApiProblem | undefined>(undefined);

  readonly preview = resource({
    params: () => {
      const draft = this.draft();
      return draft && { draft, choice: this.choice() };
    },
    loader: async ({ params: { draft, choice }, abortSignal }) => {
      const preview = await call(
        previewDataset({
          path: { projectId: draft.projectId },
          query: {
            ...choice,
            fileName: draft.file.name,
            complete: draft.file.size <= PREVIEW_BYTES ? 'true' : 'false',
          },
          body: { file: new File([draft.file.slice(0, PREVIEW_BYTES)], draft.file.name) },
          signal: abortSignal,
        }),
      );
      if (this.name() === '') this.name.set(preview.suggestedName);
      return preview;
    },
  });

  add(drafts: readonly Draft[]): void {
    this.queue.update((queue) => [...queue, ...drafts]);
  }

  choose(field: DialectField, value: string): void {
    this.choice.update((choice) => withChoice(choice, field, value));
  }

  /**
   * Drops the file in front, stops sending it if it is on its way.
   * @returns the project that was made for it, where no other file waits for that
   */
  discard(): Project | undefined {
    const made = this.draft()?.madeProject;
    this.abort()?.abort();
    this.next();
    if (!made || !this.queue().some(({ projectId }) => projectId === made.id)) return made;
    // What else waits for the project decides about it now.
    this.queue.update((queue) =>
      queue.map((draft) => (draft.projectId === made.id ? { ...draft, madeProject: made } : draft)),
    );
    return undefined;
  }

  /**
   * Sends the file in front.
   * @param keepDuplicate whether to keep it although the project has the same content already
   * @returns the dataset, or undefined when it was cancelled or refused (see `problem`)
   */
  async send(keepDuplicate: boolean): Promise<DatasetResponse | undefined> {
    const draft = this.draft();
    if (!draft || this.transfer()) return undefined;
    const abort = new AbortController();
    this.abort.set(abort);
    this.problem.set(undefined);
    this.transfer.set({
      fileName: draft.file.name,
      sentBytes: 0,
      totalBytes: draft.file.size,
      bytesPerSecond: 0,
    });
    try {
      const dataset = await this.upload(draft, keepDuplicate, abort.signal);
      this.next();
      return dataset;
    } catch (error) {
      if (!isAbort(error)) this.problem.set(toProblem(error));
      return undefined;
    } finally {
      this.transfer.set(undefined);
      this.abort.set(undefined);
    }
  }

  private upload(draft: Draft, keepDuplicate: boolean, signal: AbortSignal): Promise<DatasetResponse> {
    const form = new FormData();
    form.append('file', draft.file, draft.file.name);
    const measured = this.measure(draft.file.name);
    const shared = {
      body: { file: draft.file },
      bodySerializer: () => form,
      fetch: (input: RequestInfo | URL, init?: RequestInit) =>
        fetchWithProgress(form, this.session.accessToken, measured)(new Request(input, init)),
      signal,
    };
    const query = {
      ...this.choice(),
      allowDuplicate: keepDuplicate ? ('true' as const) : ('false' as const),
    };
    if (draft.datasetId) {
      return call(uploadDatasetVersion({ ...shared, path: { datasetId: draft.datasetId }, query }));
    }
    const name = this.name().trim();
    return call(
      uploadDataset({
        ...shared,
        path: { projectId: draft.projectId },
        query: name ? { ...query, name } : query,
      }),
    );
  }

  /** Speed over the last second, so that it neither jumps nor lags. */
  private measure(fileName: string): (progress: UploadProgress) => void {
    let markMs = performance.now();
    let markBytes = 0;
    let bytesPerSecond = 0;
    return (progress) => {
      const elapsedMs = performance.now() - markMs;
      if (elapsedMs >= SPEED_WINDOW_MS) {
        bytesPerSecond = ((progress.sentBytes - markBytes) / elapsedMs) * 1000;
        markMs = performance.now();
        markBytes = progress.sentBytes;
      }
      this.transfer.set({ ...progress, fileName, bytesPerSecond });
    };
  }

  private next(): void {
    this.queue.update((queue) => queue.slice(1));
    this.choice.set({});
    this.name.set('');
    this.problem.set(undefined);
  }
}
