import { createDeployment, getDeployment, type Deployment } from '@modelwright/sdk';
import { answerOf } from '../answers.js';
import { CliError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { Finder } from '../session/find.js';
import { parseModelReference } from '../session/model-reference.js';
import type { Session } from '../session/session.js';
import { leavable, waitUntil, withoutRepeats } from '../session/wait.js';
import { deploymentFields } from './deployments-actions.js';
import { idempotencyHeaders, type CreatingOptions } from './leaf.js';

interface DeployOptions extends CreatingOptions {
  readonly name?: string;
  readonly slug?: string;
  readonly auth?: 'workspace' | 'api-key' | 'public';
  readonly rateLimit?: number;
  readonly wait?: boolean;
}

export async function deploy(session: Session, reference: string, options: DeployOptions): Promise<void> {
  const version = await new Finder(session).modelVersion(reference, options.project);
  const { alias } = parseModelReference(reference);
  // By its alias, so that the deployment knows under which name it was asked for.
  const model =
    alias === undefined ? { modelVersionId: version.id } : { model: `${version.modelId}@${alias}` };
  const created = await answerOf(
    createDeployment({
      client: await session.client(),
      path: { projectId: version.projectId },
      headers: idempotencyHeaders(options),
      body: {
        ...model,
        name: options.name,
        endpointSlug: options.slug,
        authMode: options.auth,
        rateLimitPerMinute: options.rateLimit,
      },
    }),
  );
  const print = new Printer(session.io, options);
  const deployment = options.wait ? await untilReady(session, created.id, print) : created;
  print.item(deployment, deploymentFields((await session.door()).url, deployment));
  if (!options.wait) print.note(`Look again with: modelwright deployments show ${created.endpointSlug}`);
}

/** Waits until a deployment answers. @throws CliError with its last lines when it fails */
export async function untilReady(
  session: Session,
  deploymentId: string,
  print: Printer,
): Promise<Deployment> {
  const deployment = await untilState(session, deploymentId, print, ['ready', 'failed']);
  if (deployment.observedState === 'ready') return deployment;
  throw new CliError(`The deployment "${deployment.name}" failed`, {
    code: 'deployment-failed',
    detail: [deployment.failureReason, ...deployment.lastLogLines].filter(Boolean).join('\n'),
    advice: `look at modelwright deployments logs ${deployment.endpointSlug}`,
  });
}

export async function untilState(
  session: Session,
  deploymentId: string,
  print: Printer,
  states: readonly Deployment['observedState'][],
): Promise<Deployment> {
  const client = await session.client();
  const tell = withoutRepeats((text) => print.note(text));
  return leavable(session.io, `modelwright deployments show ${deploymentId}`, () =>
    waitUntil(
      session.io,
      () => answerOf(getDeployment({ client, path: { deploymentId } })),
      ({ observedState }) => states.includes(observedState),
      ({ name, observedState }) => tell(`${name}: ${observedState}`),
    ),
  );
}
