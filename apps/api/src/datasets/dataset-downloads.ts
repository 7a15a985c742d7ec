import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { createReadStream } from 'node:fs';
import type { Scope } from '../platform/authorization/project-scope.js';
import { Problem } from '../platform/problems/problem.js';
import { DatasetFiles } from './dataset-files.js';
import type { DownloadQuery } from './dataset.dto.js';
import type { VersionRow } from './dataset.rows.js';
import { DatasetsRepository } from './datasets.repository.js';

/** Sends the bytes of a version, after comparing them with their hash. */
@Injectable()
export class DatasetDownloads {
  constructor(
    private readonly datasets: DatasetsRepository,
    private readonly files: DatasetFiles,
  ) {}

  async send(scope: Scope, datasetId: string, query: DownloadQuery, reply: FastifyReply): Promise<void> {
    const found = await this.datasets.find(scope, datasetId);
    if (!found) throw new Problem('dataset-not-found', `There is no dataset ${datasetId}.`);
    const version =
      query.version === undefined
        ? found.version
        : await this.datasets.findVersion(scope, datasetId, query.version);
    if (!version)
      throw new Problem('dataset-not-found', `Dataset ${datasetId} has no version ${query.version ?? ''}.`);
    if (query.format === 'parquet') return this.sendTable(version, found.dataset.name, reply);
    const content = await this.files.verifiedContent(version);
    await reply
      .header('content-type', 'text/csv')
      .header('content-length', version.sizeBytes)
      .header('content-disposition', attachment(version.sourceFileName))
      .header('etag', `"${version.contentSha256}"`)
      .header('x-content-type-options', 'nosniff')
      .send(content);
  }

  private async sendTable(version: VersionRow, name: string, reply: FastifyReply): Promise<void> {
    if (version.status !== 'ready' || version.parquetBytes === null)
      throw new Problem(
        'dataset-not-ready',
        `Version ${version.number} has no table. Download the original instead.`,
      );
    const path = await this.files.verifiedTable(version);
    await reply
      .header('content-type', 'application/vnd.apache.parquet')
      .header('content-length', version.parquetBytes)
      .header('content-disposition', attachment(`${name}.parquet`))
      .header('etag', `"${version.parquetSha256 ?? ''}"`)
      .header('x-content-type-options', 'nosniff')
      .send(createReadStream(path));
  }
}

/** RFC 6266: a plain name for old clients, the real one encoded (RFC 8187). */
export function attachment(fileName: string): string {
  const plain = fileName.replaceAll(/[^\x20-\x7e]|["\\%;]/gu, '_').slice(0, 150);
  const wellFormed = fileName.toWellFormed();
  const encoded = encodeURIComponent(wellFormed).replaceAll(
    /['()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
