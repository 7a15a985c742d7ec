/** Finds the things of a project by name or id. */
import {
  getDataset,
  getDeployment,
  getModel,
  getModelVersion,
  getRun,
  listDatasets,
  listDeployments,
  listModelAliases,
  listModels,
  listModelVersions,
  listRuns,
  type DatasetResponse,
  type Deployment,
  type Model,
  type ModelVersion,
  type Run,
} from '@modelwright/sdk';
import { answerOf, collect } from '../answers.js';
import { CliError } from '../cli-error.js';
import { resolve } from '../resolve.js';
import { parseModelReference } from './model-reference.js';
import type { Session } from './session.js';

export class Finder {
  constructor(private readonly session: Session) {}

  async dataset(reference: string, project?: string): Promise<DatasetResponse> {
    const client = await this.session.client();
    return resolve(reference, {
      kind: 'dataset',
      byId: (datasetId) => answerOf(getDataset({ client, path: { datasetId } })),
      all: async () => {
        const path = await this.path(project);
        return (await collect((query) => answerOf(listDatasets({ client, path, query })))).items;
      },
      namesOf: ({ name }) => [name],
      describe: ({ id, name, createdAt }) => `${id}  ${name}  (${createdAt})`,
    });
  }

  async run(reference: string, project?: string): Promise<Run> {
    const client = await this.session.client();
    return resolve(reference, {
      kind: 'run',
      byId: (runId) => answerOf(getRun({ client, path: { runId } })),
      all: async () => {
        const path = await this.path(project);
        return (await collect((query) => answerOf(listRuns({ client, path, query })))).items;
      },
      namesOf: ({ name }) => [name],
      describe: ({ id, name, status, createdAt }) => `${id}  ${name}  ${status}  (${createdAt})`,
    });
  }

  async model(reference: string, project?: string): Promise<Model> {
    const client = await this.session.client();
    return resolve(reference, {
      kind: 'model',
      byId: (modelId) => answerOf(getModel({ client, path: { modelId } })),
      all: async () => {
        const path = await this.path(project);
        return (await collect((query) => answerOf(listModels({ client, path, query })))).items;
      },
      namesOf: ({ name }) => [name],
      describe: ({ id, name, createdAt }) => `${id}  ${name}  (${createdAt})`,
    });
  }

  async deployment(reference: string, project?: string): Promise<Deployment> {
    const client = await this.session.client();
    return resolve(reference, {
      kind: 'deployment',
      byId: (deploymentId) => answerOf(getDeployment({ client, path: { deploymentId } })),
      all: async () => {
        const path = await this.path(project);
        return (await collect((query) => answerOf(listDeployments({ client, path, query })))).items;
      },
      namesOf: ({ name, endpointSlug }) => [endpointSlug, name],
      describe: ({ id, name, endpointSlug, observedState }) =>
        `${id}  ${name}  ${endpointSlug}  ${observedState}`,
    });
  }

  /** The version that `MODEL`, `MODEL@alias` or `MODEL:number` means; the newest without either. */
  async modelVersion(reference: string, project?: string): Promise<ModelVersion> {
    const client = await this.session.client();
    const { model: name, alias, version } = parseModelReference(reference);
    const model = await this.model(name, project);
    const modelVersionId = await this.versionIdOf(model, { alias, version });
    return answerOf(getModelVersion({ client, path: { modelVersionId } }));
  }

  private async versionIdOf(model: Model, wanted: { alias?: string; version?: number }): Promise<string> {
    const client = await this.session.client();
    const path = { modelId: model.id };
    if (wanted.alias !== undefined) {
      const aliases = (await answerOf(listModelAliases({ client, path }))).items;
      const found = aliases.find(({ alias }) => alias === wanted.alias);
      if (found) return found.modelVersionId;
      const names = aliases.map(({ alias }) => alias).join(', ') || 'none yet';
      throw new CliError(`The model "${model.name}" has no alias "${wanted.alias}"`, {
        code: 'unknown-name',
        detail: `Its aliases: ${names}`,
        advice: 'modelwright models promote MODEL:VERSION --alias NAME makes one',
      });
    }
    if (wanted.version === undefined) return latestOf(model);
    const versions = (await collect((query) => answerOf(listModelVersions({ client, path, query })))).items;
    const found = versions.find(({ number }) => number === wanted.version);
    if (found) return found.id;
    throw new CliError(`The model "${model.name}" has no version ${wanted.version}`, {
      code: 'unknown-name',
      detail: `Its versions: ${versions.map(({ number }) => number).join(', ')}`,
    });
  }

  private async path(project?: string): Promise<{ projectId: string }> {
    return { projectId: (await this.session.project(project)).id };
  }
}

function latestOf(model: Model): string {
  if (model.latestVersion) return model.latestVersion.id;
  throw new CliError(`The model "${model.name}" has no version`, {
    advice: 'train one with modelwright runs start',
  });
}
