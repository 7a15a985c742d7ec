import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { isUuid } from '../../platform/authorization/uuid.js';
import { AppConfig } from '../../platform/config/app-config.js';
import { ServingFolders } from '../../serving/serving-folders.js';

/** Files of model sessions, beside those of deployments. */
@Injectable()
export class SessionFolders extends ServingFolders {
  protected override readonly root: string;

  constructor(config: AppConfig) {
    super(config);
    this.root = join(config.storage.deploymentsDir, 'sessions');
  }

  /** Ids of model versions that have a folder here. */
  async list(): Promise<string[]> {
    await mkdir(this.root, { recursive: true });
    return (await readdir(this.root)).filter((name) => isUuid(name));
  }
}
