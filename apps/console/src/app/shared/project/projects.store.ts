import { Injectable, inject, resource } from '@angular/core';
import {
  type Project,
  createProject,
  deleteProject,
  getProject,
  getProjectOverview,
  listExperimentRuns,
  listModelImports,
  listProjects,
  listWebhooks,
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

  /**
   * Deletes a project that was made for something that did not come.
   * @param project as it was when it was made
   * @returns whether it went: one that holds anything, that was renamed or that others are in stays
   */
  async deleteIfEmpty(project: Project): Promise<boolean> {
    if (!(await this.isAsMade(project)) || !(await this.isEmpty(project.id))) return false;
    await this.delete(project);
    return true;
  }

  async delete(project: Project): Promise<void> {
    await call(deleteProject({ path: { projectId: project.id }, query: { confirm: project.name } }));
    this.projects.reload();
  }

  private async isAsMade({ id, name, description }: Project): Promise<boolean> {
    const now = await call(getProject({ path: { projectId: id } }));
    return now.name === name && now.description === description && now.memberCount === 1;
  }

  private async isEmpty(projectId: string): Promise<boolean> {
    const { counts, recent } = await call(getProjectOverview({ path: { projectId } }));
    if (recent.length > 0 || Object.values(counts).some((count) => count > 0)) return false;
    // What the overview does not count: logged from outside, on its way in, or told to others.
    const one = { path: { projectId }, query: { limit: 1 } };
    const uncounted = await Promise.all([
      call(listExperimentRuns(one)),
      call(listModelImports(one)),
      call(listWebhooks(one)),
    ]);
    return uncounted.every(({ items }) => items.length === 0);
  }
}
