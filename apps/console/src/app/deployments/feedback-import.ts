import { Component, computed, inject, linkedSignal, resource, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { getDatasetProfile, listDatasets, previewDataset } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { type ApiProblem, toProblem } from '../shared/api/problem';
import { ProjectContext } from '../shared/project/project-context';
import { Announcer } from '../shared/ui/announcer';
import { Field } from '../shared/ui/field';
import { ProblemView } from '../shared/ui/problem-view';
import { FeedbackStore, type FileColumns } from './feedback.store';

const PREVIEW_BYTES = 1024 * 1024;
const FIELDS = [
  { id: 'requestId', label: 'Request id', guess: /^request.?id$|^call.?id$|^id$/iu, optional: false },
  { id: 'truth', label: 'True outcome', guess: /truth|outcome|actual|label|target/iu, optional: false },
  { id: 'rowIndex', label: 'Row in the call, from 0', guess: /^row.?index$|^row$/iu, optional: true },
  { id: 'observedAt', label: 'Known since', guess: /observed|known/iu, optional: true },
] as const;

type FieldId = (typeof FIELDS)[number]['id'];

/** Outcomes from a file or a dataset: what is in which column, then the join as work of the queue. */
@Component({
  selector: 'mw-feedback-import',
  imports: [Field, MatButton, ProblemView],
  host: { class: 'mw-card', role: 'region', 'aria-label': 'Import outcomes' },
  template: `
    <div class="mw-card-head"><h3>Import outcomes</h3></div>
    <form class="mw-card-body mw-stack" novalidate (submit)="$event.preventDefault(); send()">
      <fieldset class="mw-segments">
        <legend class="visually-hidden">Where they are</legend>
        @for (one of sources; track one.id) {
          <label>
            <input
              type="radio"
              name="feedback-source"
              [checked]="source() === one.id"
              (change)="source.set(one.id)"
            />
            {{ one.label }}
          </label>
        }
      </fieldset>
      @if (source() === 'file') {
        <mw-field
          #f
          label="CSV file"
          help="Its first line names the columns."
          [error]="problem()?.messageFor('file')"
        >
          <input
            class="mw-input"
            type="file"
            accept=".csv,.tsv,.txt,text/csv"
            [id]="f.controlId"
            [attr.aria-describedby]="f.describedBy()"
            (change)="chooseFile($event)"
          />
        </mw-field>
      } @else {
        <mw-field #d label="Dataset" help="Its newest version is joined.">
          <select
            class="mw-input"
            [id]="d.controlId"
            [attr.aria-describedby]="d.describedBy()"
            (change)="datasetId.set(valueOf($event))"
          >
            <option value="">Choose a dataset</option>
            @for (one of datasets(); track one.id) {
              <option [value]="one.id" [selected]="one.id === datasetId()">{{ one.name }}</option>
            }
          </select>
        </mw-field>
      }
      @if (columns.error(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      @if (names().length > 0) {
        <div class="mapping">
          @for (field of fields; track field.id) {
            <mw-field #m [label]="field.label" [optional]="field.optional">
              <select
                class="mw-input"
                [id]="m.controlId"
                [attr.aria-describedby]="m.describedBy()"
                (change)="map(field.id, valueOf($event))"
              >
                <option value="">{{ field.optional ? 'None' : 'Choose a column' }}</option>
                @for (name of names(); track name) {
                  <option [value]="name" [selected]="name === mapping()[field.id]">{{ name }}</option>
                }
              </select>
            </mw-field>
          }
        </div>
      }
      @if (rest(); as error) {
        <mw-problem [error]="error" [compact]="true" [canRetry]="false" />
      }
      <div class="mw-row">
        <button type="submit" matButton="filled" [disabled]="!isComplete() || store.busy()">Import</button>
      </div>
    </form>
  `,
  styles: `
    .mapping {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 160px), 1fr));
      gap: 12px;
    }
    .mw-segments {
      justify-self: start;
    }
  `,
})
export class FeedbackImport {
  protected readonly store = inject(FeedbackStore);
  private readonly project = inject(ProjectContext);
  private readonly announcer = inject(Announcer);
  protected readonly fields = FIELDS;
  protected readonly sources = [
    { id: 'file', label: 'CSV file' },
    { id: 'dataset', label: 'Dataset' },
  ] as const;

  protected readonly source = signal<'file' | 'dataset'>('file');
  private readonly file = signal<File | undefined>(undefined);
  protected readonly datasetId = signal('');
  protected readonly problem = signal<ApiProblem | undefined>(undefined);
  protected readonly rest = computed(() => {
    const problem = this.problem();
    return problem && problem.messageFor('file') === undefined ? problem : undefined;
  });

  private readonly datasetPage = resource({
    params: () => (this.source() === 'dataset' ? this.project.id() : undefined),
    loader: ({ params: projectId, abortSignal }) =>
      call(listDatasets({ path: { projectId }, query: { limit: 200 }, signal: abortSignal })),
  });
  protected readonly datasets = computed(() =>
    this.datasetPage.hasValue()
      ? this.datasetPage.value().items.filter(({ status }) => status === 'ready')
      : [],
  );
  protected readonly columns = resource({
    params: () => {
      const [file, datasetId, projectId] = [this.file(), this.datasetId(), this.project.id()];
      if (this.source() === 'file')
        return file && projectId ? { kind: 'file' as const, file, projectId } : undefined;
      return datasetId === '' ? undefined : { kind: 'dataset' as const, datasetId };
    },
    loader: async ({ params, abortSignal }) => {
      if (params.kind === 'dataset') {
        const path = { datasetId: params.datasetId };
        const { columns } = await call(getDatasetProfile({ path, signal: abortSignal }));
        return columns.map(({ name }) => name);
      }
      const { file, projectId } = params;
      const preview = await call(
        previewDataset({
          path: { projectId },
          query: { fileName: file.name, complete: file.size <= PREVIEW_BYTES ? 'true' : 'false' },
          body: { file: new File([file.slice(0, PREVIEW_BYTES)], file.name) },
          signal: abortSignal,
        }),
      );
      return preview.columns.map(({ name }) => name);
    },
  });
  protected readonly names = computed(() => (this.columns.hasValue() ? this.columns.value() : []));
  protected readonly mapping = linkedSignal<FileColumns>(() => guessed(this.names()));
  protected readonly isComplete = computed(() => {
    const { requestId, truth } = this.mapping();
    return this.names().length > 0 && requestId !== '' && truth !== '';
  });

  protected valueOf(event: Event): string {
    return (event.target as HTMLSelectElement).value;
  }

  protected chooseFile(event: Event): void {
    this.problem.set(undefined);
    this.file.set((event.target as HTMLInputElement).files?.[0]);
  }

  protected map(field: FieldId, name: string): void {
    this.mapping.set({ ...this.mapping(), [field]: name });
  }

  protected async send(): Promise<void> {
    if (!this.isComplete() || this.store.busy()) return;
    this.problem.set(undefined);
    try {
      await this.begin(this.mapping());
      this.announcer.say('The import has begun.');
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }

  private async begin(mapping: FileColumns): Promise<void> {
    const file = this.file();
    if (this.source() === 'file') {
      if (file) await this.store.importFile(file, mapping);
      return;
    }
    const { requestId, truth, rowIndex, observedAt } = mapping;
    const columns = {
      requestId,
      truth,
      ...(rowIndex === '' ? {} : { rowIndex }),
      ...(observedAt === '' ? {} : { observedAt }),
    };
    await this.store.importDataset({ datasetId: this.datasetId(), columns });
  }
}

function guessed(names: readonly string[]): FileColumns {
  const of = (id: FieldId): string =>
    names.find((name) => FIELDS.find((field) => field.id === id)?.guess.test(name)) ?? '';
  return {
    requestId: of('requestId'),
    truth: of('truth'),
    rowIndex: of('rowIndex'),
    observedAt: of('observedAt'),
  };
}
