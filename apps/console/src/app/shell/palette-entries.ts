import { Injectable, computed, inject, resource } from '@angular/core';
import { listDatasets, listDeployments, listModels, listRuns } from '@modelwright/sdk';
import { call } from '../shared/api/call';
import { ProjectContext } from '../shared/project/project-context';
import { ProjectsStore } from '../shared/project/projects.store';
import type { IconName } from '../shared/ui/icons';
import { Theme } from '../shared/ui/theme';
import { SECTIONS } from './sections';

export interface PaletteEntry {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly icon: IconName;
  readonly detail?: string;
  readonly shortcut?: string;
  readonly commands?: readonly string[];
  readonly run?: () => void;
}

interface Thing {
  readonly id: string;
  readonly name: string;
}

const MOST = 50;

/** What the palette can find: screens and things of the open project, other projects, settings, a few actions. */
@Injectable({ providedIn: 'root' })
export class PaletteEntries {
  private readonly project = inject(ProjectContext);
  private readonly projects = inject(ProjectsStore);
  private readonly theme = inject(Theme);

  private readonly things = resource({
    params: () => this.project.id(),
    loader: async ({ params, abortSignal }): Promise<readonly PaletteEntry[]> => {
      const request = { path: { projectId: params }, query: { limit: MOST }, signal: abortSignal };
      const [datasets, runs, models, deployments] = await Promise.all([
        call(listDatasets(request)),
        call(listRuns(request)),
        call(listModels(request)),
        call(listDeployments(request)),
      ]);
      const entries = (
        section: 'data' | 'runs' | 'models' | 'deployments',
        group: string,
        things: readonly Thing[],
      ) =>
        things.map(({ id, name }): PaletteEntry => ({
          id,
          group,
          label: name,
          icon: section,
          commands: ['/p', params, section, id],
        }));
      return [
        ...entries('data', 'Datasets', datasets.items),
        ...entries('runs', 'Runs', runs.items),
        ...entries('models', 'Models', models.items),
        ...entries('deployments', 'Deployments', deployments.items),
      ];
    },
  });

  /** What was made since the palette was last open has to be found. */
  refresh(): void {
    this.things.reload();
  }

  readonly all = computed<readonly PaletteEntry[]>(() => [
    ...this.screens(),
    ...(this.things.hasValue() ? this.things.value() : []),
    ...this.otherProjects(),
    ...this.settings(),
    ...this.themes(),
  ]);

  private screens(): readonly PaletteEntry[] {
    const id = this.project.id();
    const home: PaletteEntry = {
      id: 'home',
      group: 'Go to',
      label: 'All projects',
      icon: 'folder',
      shortcut: 'g h',
      commands: ['/'],
    };
    if (!id) return [home];
    return [
      ...SECTIONS.map((section) => ({
        id: section.id,
        group: 'Go to',
        label: section.label,
        icon: section.icon,
        shortcut: `g ${section.key}`,
        commands: ['/p', id, ...(section.path ? [section.path] : [])],
      })),
      home,
    ];
  }

  private otherProjects(): readonly PaletteEntry[] {
    if (!this.projects.projects.hasValue()) return [];
    return this.projects.projects
      .value()
      .filter((project) => project.id !== this.project.id())
      .map((project) => ({
        id: project.id,
        group: 'Projects',
        label: project.name,
        icon: 'folder',
        commands: ['/p', project.id],
      }));
  }

  private settings(): readonly PaletteEntry[] {
    const section = (path: string, label: string, icon: IconName): PaletteEntry => ({
      id: `settings-${path}`,
      group: 'Settings',
      label,
      icon,
      commands: ['/settings', path],
    });
    return [
      section('account', 'Account and password', 'user'),
      section('appearance', 'Appearance', 'palette'),
      section('tokens', 'Access tokens', 'key'),
      section('health', 'About and health', 'activity'),
    ];
  }

  private themes(): readonly PaletteEntry[] {
    const choose = (choice: 'light' | 'dark' | 'system', label: string, icon: IconName): PaletteEntry => ({
      id: `theme-${choice}`,
      group: 'Actions',
      label,
      icon,
      run: () => this.theme.choose(choice),
    });
    return [
      choose('light', 'Use the light theme', 'sun'),
      choose('dark', 'Use the dark theme', 'moon'),
      choose('system', 'Use the theme of the system', 'monitor'),
    ];
  }
}
