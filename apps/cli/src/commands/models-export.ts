import { createModelExport, downloadModelExport, getModelExport, type ModelExport } from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { CliError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { formatBytes } from '../output/table.js';
import { saveStream } from '../session/download.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import { leavable, waitUntil, withoutRepeats } from '../session/wait.js';
import { idempotencyHeaders, type CreatingOptions } from './leaf.js';

type ExportOptions = CreatingOptions & { readonly format: ModelExport['format']; readonly out?: string };

export async function exportModel(
  session: Session,
  reference: string,
  options: ExportOptions,
): Promise<void> {
  const client = await session.client();
  const version = await new Finder(session).modelVersion(reference, options.project);
  const print = new Printer(session.io, options);
  const started = await answerOf(
    createModelExport({
      client,
      path: { modelVersionId: version.id },
      headers: idempotencyHeaders(options),
      body: { format: options.format },
    }),
  );
  const tell = withoutRepeats((text) => print.note(text));
  const again = `modelwright models export ${version.modelId}:${version.number} --format ${options.format}`;
  const made = await leavable(session.io, again, () =>
    waitUntil(
      session.io,
      () => answerOf(getModelExport({ client, path: { exportId: started.id } })),
      ({ status }) => !['queued', 'running'].includes(status),
      ({ step, status }) => tell(`Exporting: ${step ?? status}`),
    ),
  );
  if (made.status !== 'succeeded')
    throw new CliError(`The export ${made.status === 'failed' ? 'failed' : 'was cancelled'}`, {
      code: 'export-failed',
      detail: made.reason ?? undefined,
    });
  // The name comes over the wire: only its last part may name a file here.
  const file = options.out ?? (made.fileName ?? `${made.id}.${made.format}`).replace(/^.*[\\/]/, '');
  const body = await answerOf(
    downloadModelExport({ client, path: { exportId: made.id }, parseAs: 'stream' }),
  );
  await saveStream(session.io, body, file);
  if (file === '-') return;
  print.item({ ...made, file }, [
    ['Written', file],
    ['Size', made.sizeBytes === null ? undefined : formatBytes(made.sizeBytes)],
    ['SHA-256', made.sha256],
  ]);
}
