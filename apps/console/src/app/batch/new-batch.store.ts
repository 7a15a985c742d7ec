import { Injectable, computed, inject, resource, signal } from '@angular/core';
import {
  type BatchJob,
  type CreateBatchJobRequest,
  checkBatchJob,
  createBatchJob,
  listDatasets,
  listDeployments,
  previewBatchJob,
  uploadDataset,
} from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { idempotencyKey } from '../shared/api/idempotency-key';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { Session } from '../shared/api/session';
import { type UploadProgress, fetchWithProgress } from '../shared/imports/upload-transport';
import { ProjectContext } from '../shared/project/project-context';
import { reloadOn } from '../shared/realtime/realtime';

const MOST = 200;
const PREVIEW_ROWS = 5;

export type ColumnChoice = 'all' | 'identifiers' | 'none' | 'chosen';
type Mapping = Readonly<Record<string, string | null>>;

/** The form of a new batch job: what is asked for, what the server says to it, and the start. */
@Injectable()
export class NewBatchStore {
  private readonly project = inject(ProjectContext);
  private readonly session = inject(Session);

  readonly deploymentId = signal<string | undefined>(undefined);
  readonly modelVersionId = signal<string | undefined>(undefined);
  readonly datasetId = signal<string | undefined>(undefined);
  readonly mapping = signal<Mapping>({});
  readonly columns = signal<ColumnChoice>('all');
  readonly chosen = signal<ReadonlySet<string>>(new Set());
  readonly probabilities = signal(true);
  readonly notes = signal(true);
  readonly intervals = signal(true);
  readonly stopsAtBadRow = signal(false);
  readonly outputName = signal('');
  /** Dataset that gets a version; undefined: a dataset of its own is made. */
  readonly outputDatasetId = signal<string | undefined>(undefined);

  readonly transfer = signal<(UploadProgress & { readonly fileName: string }) | undefined>(undefined);
  readonly problem = signal<ApiProblem | undefined>(undefined);
  readonly isStarting = signal(false);

  readonly datasets = resource({
    params: () => this.project.id(),
    loader: ({ params, abortSignal }) =>
      call(listDatasets({ path: { projectId: params }, query: { limit: MOST }, signal: abortSignal })),
  });
  readonly deployments = resource({
    params: () => this.project.id(),
    loader: ({ params, abortSignal }) =>
      call(listDeployments({ path: { projectId: params }, query: { limit: MOST }, signal: abortSignal })),
  });
  readonly tables = computed(() => (this.datasets.hasValue() ? this.datasets.value().items : []));

  /** Model and table, once both are known. */
  private readonly subject = computed(() => {
    const projectId = this.project.id();
    const [deploymentId, modelVersionId, datasetId] = [
      this.deploymentId(),
      this.modelVersionId(),
      this.datasetId(),
    ];
    if (projectId === undefined || datasetId === undefined) return undefined;
    if (deploymentId !== undefined)
      return { projectId, body: { deploymentId, datasetId, mapping: this.mapping() } };
    if (modelVersionId !== undefined)
      return { projectId, body: { modelVersionId, datasetId, mapping: this.mapping() } };
    return undefined;
  });
  readonly check = resource({
    params: () => this.subject(),
    loader: ({ params: { projectId, body }, abortSignal }) =>
      call(checkBatchJob({ path: { projectId }, body, signal: abortSignal })),
  });
  readonly checked = computed(() => (this.check.hasValue() ? this.check.value() : undefined));
  private readonly results = computed(() => ({
    columns: this.columns() === 'chosen' ? [...this.chosen()] : this.columnWord(),
    probabilities: this.probabilities(),
    notes: this.notes(),
    intervals: this.intervals(),
    onBadRow: this.stopsAtBadRow() ? ('stop' as const) : ('continue' as const),
  }));
  readonly preview = resource({
    params: () => {
      const subject = this.subject();
      if (!subject || this.check.isLoading() || this.checked()?.canStart !== true) return undefined;
      return {
        projectId: subject.projectId,
        body: { ...subject.body, ...this.results(), rows: PREVIEW_ROWS },
      };
    },
    loader: ({ params: { projectId, body }, abortSignal }) =>
      call(previewBatchJob({ path: { projectId }, body, signal: abortSignal })),
  });
  /** What would be sent; undefined until model and table are chosen. */
  readonly request = computed<CreateBatchJobRequest | undefined>(() => {
    const subject = this.subject();
    if (!subject) return undefined;
    const [name, outputDatasetId] = [this.outputName().trim(), this.outputDatasetId()];
    const output =
      outputDatasetId === undefined ? (name === '' ? {} : { outputName: name }) : { outputDatasetId };
    return { ...subject.body, ...this.results(), ...output };
  });

  constructor() {
    reloadOn(this.datasets, (event) => event.entity.kind === 'dataset');
    reloadOn(this.check, (event) => event.entity.kind === 'dataset' && event.entity.id === this.datasetId());
  }

  chooseTable(datasetId: string | undefined): void {
    this.mapping.set({});
    this.chosen.set(new Set());
    this.datasetId.set(datasetId);
  }

  /** @param column of the table; null leaves the input out, undefined goes by its name */
  map(input: string, column: string | null | undefined): void {
    this.mapping.update((mapping) => {
      const { [input]: _before, ...others } = mapping;
      return column === undefined || column === input ? others : { ...others, [input]: column };
    });
  }

  toggle(column: string): void {
    this.chosen.update((chosen) => {
      const next = new Set(chosen);
      if (!next.delete(column)) next.add(column);
      return next;
    });
  }

  /** Sends a file as a dataset; one with the same bytes that is here already is used as it is. */
  async upload(file: File): Promise<void> {
    const projectId = this.project.id();
    if (projectId === undefined || this.transfer()) return;
    const form = new FormData();
    form.append('file', file, file.name);
    this.problem.set(undefined);
    this.transfer.set({ fileName: file.name, sentBytes: 0, totalBytes: file.size });
    try {
      const progress = (sent: UploadProgress) => this.transfer.set({ ...sent, fileName: file.name });
      const dataset = await call(
        uploadDataset({
          path: { projectId },
          query: { waitSeconds: 60 },
          body: { file },
          bodySerializer: () => form,
          fetch: (input: RequestInfo | URL, init?: RequestInit) =>
            fetchWithProgress(form, this.session.accessToken, progress)(new Request(input, init)),
        }),
      );
      this.chooseTable(dataset.id);
    } catch (error) {
      const problem = toProblem(error);
      const known = knownDataset(problem);
      if (known === undefined) this.problem.set(problem);
      else this.chooseTable(known);
    } finally {
      this.transfer.set(undefined);
      this.datasets.reload();
    }
  }

  /** @returns the job, or undefined when it was refused (see `problem`) */
  async start(): Promise<BatchJob | undefined> {
    const [projectId, body] = [this.project.id(), this.request()];
    if (projectId === undefined || !body || this.isStarting()) return undefined;
    this.isStarting.set(true);
    this.problem.set(undefined);
    try {
      return await call(
        createBatchJob({ path: { projectId }, body, headers: { 'Idempotency-Key': idempotencyKey() } }),
      );
    } catch (error) {
      this.problem.set(toProblem(error));
      return undefined;
    } finally {
      this.isStarting.set(false);
    }
  }

  private columnWord(): 'all' | 'identifiers' | 'none' {
    const columns = this.columns();
    return columns === 'chosen' ? 'none' : columns;
  }
}

function knownDataset({ code, errors }: ApiProblem): string | undefined {
  const got = code === 'dataset-duplicate' ? errors[0]?.got : undefined;
  const isNamed = typeof got === 'object' && got !== null && 'datasetId' in got;
  return isNamed && typeof got.datasetId === 'string' ? got.datasetId : undefined;
}
