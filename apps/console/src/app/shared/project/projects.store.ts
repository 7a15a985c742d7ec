import { Injectable, inject, resource } from '@angular/core';
import {
  type Project,
  createProject,
  deleteProject,
  listDatasets,
  listProjects,
  updateProject,
} from '@modelwright/sdk';
import { call } from '../api/call';
import { Session } from '../api/session';

const MOST = 100;

/** The projects of the person who is signed in: home, switcher and palette read the same list. */
@Injectable({ providedIn: 'root' })
export class ProjectsStore {
  private readonly session = inject(Session);
  readonly projects = resource({
    params: () => this.session.user()?.id,
    loader: async ({ abortSignal }) =>
      (await call(listProjects({ query: { limit: MOST }, signal: abortSignal }))).items,
  });

  async create(name: string): Promise<Project> {
    const project = await call(createProject({ body: { name, description: '' } }));
    this.projects.reload();
    return project;
  }

  async rename(projectId: string, name: string): Promise<void> {
    await call(updateProject({ path: { projectId }, body: { name } }));
    this.projects.reload();
  }

  /** @returns whether it went: a project that holds a dataset stays */
  async deleteIfEmpty(project: Project): Promise<boolean> {
    const { items } = await call(listDatasets({ path: { projectId: project.id }, query: { limit: 1 } }));
    if (items.length > 0) return false;
    await this.delete(project);
    return true;
  }

  async delete(project: Project): Promise<void> {
    await call(deleteProject({ path: { projectId: project.id }, query: { confirm: project.name } }));
    this.projects.reload();
  }
}
