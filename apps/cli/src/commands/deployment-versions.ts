import {
  getDeploymentTraffic,
  rollBackDeployment,
  switchDeploymentVersion,
  type DeploymentTraffic,
} from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { CliError, usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { Finder } from '../session/find.js';
import { parseModelReference } from '../session/model-reference.js';
import type { Session } from '../session/session.js';
import { leavable, waitUntil } from '../session/wait.js';
import type { ProjectOptions } from './leaf.js';

/** Which versions stand behind an endpoint, and how each did in the last day. */
export async function showVersions(
  session: Session,
  reference: string,
  options: ProjectOptions,
): Promise<void> {
  const client = await session.client();
  const { id: deploymentId } = await new Finder(session).deployment(reference, options.project);
  printTraffic(
    new Printer(session.io, options),
    await answerOf(getDeploymentTraffic({ client, path: { deploymentId } })),
  );
}

interface SwitchOptions extends ProjectOptions {
  readonly share?: number;
  readonly shadow?: number;
  readonly reason?: string;
  readonly acceptContractChanges?: boolean;
  readonly wait?: boolean;
}

/** Another version answers: all calls, a share of them, or copies only. */
export async function switchVersion(
  session: Session,
  reference: string,
  modelReference: string,
  options: SwitchOptions,
): Promise<void> {
  if (options.share !== undefined && options.shadow !== undefined)
    throw usageError('--share and --shadow exclude each other', 'give one of them');
  const client = await session.client();
  const find = new Finder(session);
  const { id: deploymentId } = await find.deployment(reference, options.project);
  const version = await find.modelVersion(modelReference, options.project);
  const { alias } = parseModelReference(modelReference);
  const model =
    alias === undefined ? { modelVersionId: version.id } : { model: `${version.modelId}@${alias}` };
  const traffic = await answerOf(
    switchDeploymentVersion({
      client,
      path: { deploymentId },
      body: {
        ...model,
        strategy: strategyOf(options),
        reason: options.reason,
        acceptContractChanges: options.acceptContractChanges,
      },
    }),
  );
  const print = new Printer(session.io, options);
  printTraffic(print, options.wait ? await untilPlaced(session, deploymentId, version.id) : traffic);
}

/** The version that answered before answers again. */
export async function rollBack(
  session: Session,
  reference: string,
  options: ProjectOptions & { readonly reason?: string; readonly wait?: boolean },
): Promise<void> {
  const client = await session.client();
  const { id: deploymentId } = await new Finder(session).deployment(reference, options.project);
  const path = { deploymentId };
  const { previous } = await answerOf(getDeploymentTraffic({ client, path }));
  const traffic = await answerOf(
    rollBackDeployment({ client, path, body: { reason: options.reason ?? '' } }),
  );
  const wanted = previous?.modelVersionId;
  printTraffic(
    new Printer(session.io, options),
    options.wait && wanted !== undefined ? await untilPlaced(session, deploymentId, wanted) : traffic,
  );
}

function strategyOf({ share, shadow }: SwitchOptions) {
  if (share !== undefined) return { kind: 'split', sharePercent: share } as const;
  if (shadow !== undefined) return { kind: 'shadow', sharePercent: shadow } as const;
  return { kind: 'all' } as const;
}

/** Waits until a version has its place. @throws CliError when it could not take it */
function untilPlaced(
  session: Session,
  deploymentId: string,
  modelVersionId: string,
): Promise<DeploymentTraffic> {
  return leavable(session.io, `modelwright deployments versions ${deploymentId}`, async () => {
    const client = await session.client();
    const traffic = await waitUntil(
      session.io,
      () => answerOf(getDeploymentTraffic({ client, path: { deploymentId } })),
      ({ versions }) => {
        const wanted = versions.find((one) => one.modelVersionId === modelVersionId);
        return !wanted || (wanted.role !== 'candidate' && wanted.state !== 'starting');
      },
    );
    const wanted = traffic.versions.find((one) => one.modelVersionId === modelVersionId);
    if (wanted && wanted.state !== 'failed') return traffic;
    throw new CliError('The version could not take over; the one before goes on', {
      code: 'switch-failed',
      detail: wanted?.failureReason ?? undefined,
      advice: `look at the history with modelwright api GET /api/deployments/${deploymentId}/revisions`,
    });
  });
}

function printTraffic(print: Printer, traffic: DeploymentTraffic): void {
  if (print.isJson) {
    print.json(traffic);
    return;
  }
  const statsOf = (id: string) => traffic.stats.find(({ modelVersionId }) => modelVersionId === id);
  print.table(traffic.versions, [
    { title: 'role', value: ({ role }) => role },
    { title: 'model', value: ({ modelName, modelVersionNumber }) => `${modelName}:${modelVersionNumber}` },
    { title: 'state', value: ({ state }) => state },
    { title: 'share %', value: ({ sharePercent }) => sharePercent, align: 'right' },
    {
      title: `calls (${traffic.hours} h)`,
      value: ({ modelVersionId }) => statsOf(modelVersionId)?.calls ?? 0,
      align: 'right',
    },
  ]);
  for (const sentence of [traffic.difference, traffic.shadowSentence]) if (sentence) print.line(sentence);
  if (traffic.previous) print.note(`Rolling back goes to version ${traffic.previous.modelVersionNumber}.`);
}
