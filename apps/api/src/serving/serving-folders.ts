import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/app-config.js';

const shortHash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/**
 * Where on the host a model server's files are: the model it serves and the socket folder its container dials. Owners
 * are deployments, or what else a room serves models for.
 */
@Injectable()
export class ServingFolders {
  protected readonly root: string;
  /** Tells replicas apart, and stays the same over a restart, so that no dead socket is left behind. */
  readonly replica: string;

  constructor(protected readonly config: AppConfig) {
    this.root = config.storage.deploymentsDir;
    this.replica = shortHash(`${hostname()}:${config.http.port}`, 8);
  }

  /** The model of one start; each start has its own, so that a late container never sees another's files. */
  async makeModelFolder(ownerId: string, generation: number): Promise<string> {
    const folder = this.modelFolder(ownerId, generation);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  modelFolder(ownerId: string, generation: number): string {
    return join(this.root, ownerId, String(generation));
  }

  async manifestSha256(modelFolder: string): Promise<string> {
    const manifest = await readFile(join(modelFolder, 'manifest.json'));
    return createHash('sha256').update(manifest).digest('hex');
  }

  /** Folder of sockets, mounted read-only: short, because a socket's path may have 107 bytes only. */
  async makeSocketFolder(ownerId: string): Promise<string> {
    const folder = join(this.config.storage.socketsDir, shortHash(ownerId, 16));
    await mkdir(folder, { recursive: true });
    // Others may pass through: the container's user is not ours.
    await chmod(folder, 0o755);
    return folder;
  }

  /** This replica's own socket; the container dials every socket in the folder. */
  async socketOf(ownerId: string): Promise<string> {
    return join(await this.makeSocketFolder(ownerId), `${this.replica}.sock`);
  }

  async removeOldGenerations(ownerId: string, keep: number): Promise<void> {
    const root = join(this.root, ownerId);
    for (const name of await readdir(root)) {
      if (name !== String(keep)) await rm(join(root, name), { recursive: true, force: true });
    }
  }

  async removeGeneration(ownerId: string, generation: number): Promise<void> {
    await rm(this.modelFolder(ownerId, generation), { recursive: true, force: true });
  }

  async removeAll(ownerId: string): Promise<void> {
    await rm(join(this.root, ownerId), { recursive: true, force: true });
    await rm(await this.makeSocketFolder(ownerId), { recursive: true, force: true });
  }
}
