import { Injectable } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { TASKS } from '@modelwright/contracts';
import type { Sample } from './dataset.dto.js';

const FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../samples');

const Manifest = z.array(
  z.object({
    id: z.string(),
    file: z.string().regex(/^[a-z-]+\.csv$/),
    title: z.string(),
    description: z.string(),
    rows: z.number().int(),
    columns: z.number().int(),
    target: z.string(),
    task: z.enum(TASKS),
  }),
);
type SampleFile = z.infer<typeof Manifest>[number];

/** The tables that come with the product. */
@Injectable()
export class Samples {
  private manifest: Promise<SampleFile[]> | undefined;

  async list(): Promise<Sample[]> {
    const files = await this.files();
    return Promise.all(
      files.map(async ({ file, ...sample }) => ({
        ...sample,
        sizeBytes: (await stat(join(FOLDER, file))).size,
      })),
    );
  }

  /** Undefined when there is no such sample. */
  async open(sampleId: string): Promise<{ sample: SampleFile; content: Readable } | undefined> {
    const sample = (await this.files()).find(({ id }) => id === sampleId);
    return sample && { sample, content: createReadStream(join(FOLDER, sample.file)) };
  }

  private files(): Promise<SampleFile[]> {
    this.manifest ??= readFile(join(FOLDER, 'samples.json'), 'utf8').then((text) =>
      Manifest.parse(JSON.parse(text)),
    );
    return this.manifest;
  }
}
