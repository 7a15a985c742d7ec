import { Injectable, inject, resource, signal } from '@angular/core';
import { Router } from '@angular/router';
import { type Sample, createSampleDataset, listSamples } from '@modelwright/sdk';
import { call } from '../api/call';
import { toProblem } from '../api/problem';
import { Session } from '../api/session';
import { ProjectsStore } from './projects.store';

const WAIT_SECONDS = 5;

/** Sample tables, and the shortest way from nothing to a profile on screen. */
@Injectable({ providedIn: 'root' })
export class SamplesStore {
  private readonly session = inject(Session);
  private readonly projects = inject(ProjectsStore);
  private readonly router = inject(Router);

  /** The sample that is being created, by id. */
  readonly creating = signal<string | undefined>(undefined);
  readonly problem = signal<unknown>(undefined);
  readonly samples = resource({
    params: () => this.session.user()?.id,
    loader: async ({ abortSignal }) => (await call(listSamples({ signal: abortSignal }))).items,
  });

  /** Makes the dataset (and a project for it, when none is named) and opens it. */
  async start(sample: Sample, projectId?: string): Promise<void> {
    if (this.creating()) return;
    this.creating.set(sample.id);
    this.problem.set(undefined);
    try {
      const target = projectId ?? (await this.projects.create(sample.title)).id;
      const dataset = await call(
        createSampleDataset({
          path: { projectId: target },
          query: { waitSeconds: WAIT_SECONDS, allowDuplicate: 'true' },
          body: { sampleId: sample.id },
        }),
      );
      await this.router.navigate(['/p', target, 'data', dataset.id]);
    } catch (error) {
      this.problem.set(toProblem(error));
    } finally {
      this.creating.set(undefined);
    }
  }
}
