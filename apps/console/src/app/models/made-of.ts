import { Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ModelVersion } from '@modelwright/sdk';
import { BytesPipe, CountPipe } from '../shared/format/pipes';
import { TimeAgo } from '../shared/format/time-ago';
import { CopyButton } from '../shared/ui/copy-button';
import { shortHash } from './metric-text';

/** Everything needed to make the same model again, and to know that a file is this one. */
@Component({
  selector: 'mw-made-of',
  imports: [BytesPipe, CopyButton, CountPipe, RouterLink, TimeAgo],
  template: `
    <section class="mw-card" aria-labelledby="made-title">
      <div class="mw-card-head"><h2 id="made-title">What it was made of</h2></div>
      <div class="mw-card-body mw-stack">
        <dl class="mw-rows">
          @if (version().runId; as runId) {
            <dt>Run</dt>
            <dd>
              <a [routerLink]="['/p', version().projectId, 'runs', runId]">{{ version().runName }}</a>
            </dd>
          } @else {
            <dt>Imported from</dt>
            <dd>{{ version().runName }}</dd>
          }
          <dt>{{ version().source === 'import' ? 'Scored on' : 'Dataset' }}</dt>
          <dd>
            @if (version().datasetId; as datasetId) {
              <a
                [routerLink]="['/p', version().projectId, 'data', datasetId]"
                [queryParams]="{ v: version().datasetVersionNumber }"
                >{{ version().datasetName }}, version {{ version().datasetVersionNumber }}</a
              >
            } @else {
              {{ version().datasetName }}
            }
          </dd>
          @if (version().dataSha256; as dataSha256) {
            <dt title="Of the table as it was read (Parquet), not of the uploaded file">Table SHA-256</dt>
            <dd class="hash">
              <code [title]="dataSha256">{{ dataHash() }}</code>
              <mw-copy [text]="dataSha256" label="Copy table SHA-256" />
            </dd>
          }
          <dt>Artifact</dt>
          <dd class="hash">
            <code [title]="version().artifactSha256">{{ artifactHash() }}</code>
            <mw-copy [text]="version().artifactSha256" label="Copy artifact SHA-256" />
          </dd>
          <dt>Size</dt>
          <dd>{{ version().sizeBytes | bytes }}</dd>
          <dt>Inputs</dt>
          <dd>{{ version().inputs | count }} columns</dd>
          <dt>Seed</dt>
          <dd>
            <code>{{ version().seed }}</code>
          </dd>
          <dt>Runtime</dt>
          <dd>{{ version().runtimeVersion }}, Python {{ version().environment.python }}</dd>
          <dt>Made</dt>
          <dd><mw-time [at]="version().createdAt" />{{ by() }}</dd>
          <dt>Version id</dt>
          <dd class="hash">
            <code [title]="version().id">{{ shortId() }}</code>
            <mw-copy [text]="version().id" label="Copy version id" />
          </dd>
        </dl>
        <details>
          <summary>Libraries ({{ libraries().length }})</summary>
          <dl class="mw-rows libraries">
            @for (library of libraries(); track library[0]) {
              <dt>
                <code>{{ library[0] }}</code>
              </dt>
              <dd>
                <code>{{ library[1] }}</code>
              </dd>
            }
          </dl>
        </details>
      </div>
    </section>
  `,
  styles: `
    .hash {
      display: flex;
      align-items: center;
      gap: 2px;
      margin-block: -3px;
    }
    summary {
      min-height: 24px;
      color: var(--mat-sys-primary);
      font-weight: 500;
      cursor: pointer;
    }
    .libraries {
      margin-top: 8px;
      gap: 4px 24px;
    }
  `,
})
export class MadeOf {
  readonly version = input.required<ModelVersion>();
  protected readonly dataHash = computed(() => shortHash(this.version().dataSha256 ?? ''));
  protected readonly artifactHash = computed(() => shortHash(this.version().artifactSha256));
  protected readonly shortId = computed(() => shortHash(this.version().id));
  protected readonly by = computed(() => {
    const { createdBy } = this.version();
    return createdBy ? ` by ${createdBy}` : '';
  });
  protected readonly libraries = computed(() =>
    Object.entries(this.version().environment.packages).sort(([one], [other]) => one.localeCompare(other)),
  );
}
