import { Injectable, inject, resource } from '@angular/core';
import { type Project, createProject, deleteProject, listProjects, updateProject } from '@modelwright/sdk';
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

  async delete(project: Project): Promise<void> {
    await call(deleteProject({ path: { projectId: project.id }, query: { confirm: project.name } }));
    this.projects.reload();
  }
}
