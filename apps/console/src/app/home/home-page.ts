import { Component, computed, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { Router } from '@angular/router';
import type { Project } from '@modelwright/sdk';
import { toProblem } from '../shared/api/problem';
import { Keyboard } from '../shared/keyboard/keyboard';
import { ProjectsStore } from '../shared/project/projects.store';
import { SampleCards } from '../shared/project/sample-cards';
import { Confirm } from '../shared/ui/confirm';
import { EmptyState } from '../shared/ui/empty-state';
import { Icon } from '../shared/ui/icon';
import { PageHeader } from '../shared/ui/page-header';
import { ProblemView } from '../shared/ui/problem-view';
import { Prompt } from '../shared/ui/prompt';
import { Skeleton } from '../shared/ui/skeleton';
import { View, ViewContent, ViewEmpty, ViewLoading } from '../shared/ui/view';
import { Checklist } from './checklist';
import { ProjectCard } from './project-card';

/** Home: the projects, newest work first. */
@Component({
  selector: 'mw-home-page',
  imports: [
    Checklist,
    EmptyState,
    Icon,
    MatButton,
    PageHeader,
    ProblemView,
    ProjectCard,
    SampleCards,
    Skeleton,
    View,
    ViewContent,
    ViewEmpty,
    ViewLoading,
  ],
  host: { class: 'mw-page' },
  templateUrl: './home-page.html',
  styleUrl: './home-page.scss',
})
export class HomePage {
  protected readonly store = inject(ProjectsStore);
  private readonly router = inject(Router);
  private readonly prompt = inject(Prompt);
  private readonly confirm = inject(Confirm);
  protected readonly search = signal('');
  protected readonly problem = signal<unknown>(undefined);

  private readonly all = computed(() => (this.store.projects.hasValue() ? this.store.projects.value() : []));
  protected readonly isEmpty = computed(() => this.store.projects.hasValue() && this.all().length === 0);
  protected readonly hasMany = computed(() => this.all().length > 3);
  protected readonly newest = computed(() => this.all()[0]);
  protected readonly shown = computed(() => {
    const words = this.search().trim().toLowerCase();
    return this.all().filter(({ name, description }) =>
      `${name} ${description}`.toLowerCase().includes(words),
    );
  });

  constructor() {
    this.store.projects.reload();
    inject(Keyboard).use([
      { keys: 'c', description: 'Create a project', group: 'Home', run: () => void this.create() },
    ]);
  }

  protected async create(): Promise<void> {
    let created: Project | undefined;
    await this.prompt.ask({
      title: 'New project',
      label: 'Name',
      value: '',
      help: 'What the work is about, as in “Customer churn”. You can change it at any time.',
      action: 'Create project',
      maxLength: 100,
      perform: async (name) => {
        created = await this.store.create(name);
      },
    });
    if (created) await this.router.navigate(['/p', created.id]);
  }

  protected async rename(project: Project): Promise<void> {
    await this.prompt.ask({
      title: 'Rename project',
      label: 'Name',
      value: project.name,
      action: 'Rename project',
      maxLength: 100,
      perform: (name) => this.store.rename(project.id, name),
    });
  }

  protected async remove(project: Project): Promise<void> {
    const sure = await this.confirm.ask({
      title: `Delete project “${project.name}”?`,
      text: 'Its datasets, runs, models and deployments go with it, and endpoints stop answering. This cannot be undone.',
      action: 'Delete project',
      destructive: true,
      typeToConfirm: project.name,
    });
    if (!sure) return;
    this.problem.set(undefined);
    try {
      await this.store.delete(project);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
  }
}
