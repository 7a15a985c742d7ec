import {
  deleteDeployment,
  getDeploymentLogs,
  listDeployments,
  listPredictionRequests,
  startDeployment,
  stopDeployment,
  streamDeploymentLogs,
  type ContainerLogLine,
  type Deployment,
} from '@modelwright/sdk';
import { answerOf, collect } from '../answers.js';
import { Printer } from '../output/printer.js';
import { formatTime, plain, type Column, type Fields } from '../output/table.js';
import { consoleLink } from '../session/console-links.js';
import { Finder } from '../session/find.js';
import { confirmName } from '../session/prompt.js';
import type { Session } from '../session/session.js';
import { leavable } from '../session/wait.js';
import { untilReady, untilState } from './deploy.js';
import type { ProjectOptions } from './leaf.js';

const COLUMNS: readonly Column<Deployment>[] = [
  { title: 'endpoint', value: ({ endpointSlug }) => endpointSlug },
  { title: 'name', value: ({ name }) => name },
  { title: 'state', value: ({ observedState }) => observedState },
  { title: 'model', value: ({ modelName, modelVersionNumber }) => `${modelName}:${modelVersionNumber}` },
  { title: 'access', value: ({ authMode }) => authMode },
  { title: 'calls', value: ({ inferenceCount }) => inferenceCount, align: 'right' },
  { title: 'errors', value: ({ errorCount }) => errorCount, align: 'right' },
  { title: 'p95 ms', value: ({ p95Ms }) => p95Ms, align: 'right' },
  { title: 'id', value: ({ id }) => id },
];

type ListOptions = ProjectOptions & { readonly limit: number };

export async function listDeploymentsOf(session: Session, options: ListOptions): Promise<void> {
  const client = await session.client();
  const path = { projectId: (await session.project(options.project)).id };
  const found = await collect((query) => answerOf(listDeployments({ client, path, query })), options.limit);
  new Printer(session.io, options).list(
    found,
    COLUMNS,
    'There is no deployment yet: modelwright deploy MODEL',
  );
}

/** The fields of a deployment for people. */
export function deploymentFields(url: string, deployment: Deployment): Fields {
  return [
    ['Deployment', deployment.name],
    ['Id', deployment.id],
    ['Endpoint', deployment.endpointSlug],
    [
      'State',
      deployment.failureReason
        ? `${deployment.observedState}: ${deployment.failureReason}`
        : deployment.observedState,
    ],
    ['Model', `${deployment.modelName}:${deployment.modelVersionNumber}`],
    ['Access', deployment.authMode],
    ['Calls', deployment.inferenceCount],
    ['Errors', deployment.errorCount],
    [
      'p50 / p95',
      deployment.p50Ms === null ? undefined : `${plain(deployment.p50Ms)} / ${plain(deployment.p95Ms)} ms`,
    ],
    ['Predict at', deployment.predictUrl],
    ['Console', consoleLink(url, 'deployment', deployment)],
  ];
}

export async function showDeployment(
  session: Session,
  reference: string,
  options: ProjectOptions,
): Promise<void> {
  const deployment = await new Finder(session).deployment(reference, options.project);
  new Printer(session.io, options).item(deployment, deploymentFields((await session.door()).url, deployment));
}

export async function changeState(
  session: Session,
  verb: 'start' | 'stop',
  reference: string,
  options: ProjectOptions & { readonly wait?: boolean },
): Promise<void> {
  const client = await session.client();
  const { id } = await new Finder(session).deployment(reference, options.project);
  const print = new Printer(session.io, options);
  const change = verb === 'start' ? startDeployment : stopDeployment;
  let deployment = await answerOf(change({ client, path: { deploymentId: id } }));
  if (options.wait)
    deployment =
      verb === 'start'
        ? await untilReady(session, id, print)
        : await untilState(session, id, print, ['stopped']);
  print.item(deployment, deploymentFields((await session.door()).url, deployment));
}

export async function deleteOne(
  session: Session,
  reference: string,
  options: ProjectOptions & { readonly yes?: boolean },
): Promise<void> {
  const client = await session.client();
  const { id, name } = await new Finder(session).deployment(reference, options.project);
  if (!options.yes)
    await confirmName(session.io, name, `This deletes the deployment "${name}", its keys and its log`);
  await answerOf(deleteDeployment({ client, path: { deploymentId: id } }));
  new Printer(session.io, options).item({ id, name, deleted: true }, [['Deleted', name]]);
}

type LogOptions = ProjectOptions & { readonly tail: number; readonly follow?: boolean };

export async function logs(session: Session, reference: string, options: LogOptions): Promise<void> {
  const client = await session.client();
  const { id: deploymentId } = await new Finder(session).deployment(reference, options.project);
  const print = new Printer(session.io, options);
  const path = { deploymentId };
  const { lines } = await answerOf(getDeploymentLogs({ client, path, query: { tail: options.tail } }));
  if (print.isJson && !options.follow) {
    print.json({ lines });
    return;
  }
  const show = (line: ContainerLogLine): void =>
    print.isJson ? print.event(line) : print.line(`${formatTime(line.at)}  ${plain(line.text)}`);
  for (const line of lines) show(line);
  if (!options.follow) return;
  const last = lines.at(-1)?.seq;
  await leavable(session.io, `modelwright deployments logs ${deploymentId} --follow`, async () => {
    const { stream } = await streamDeploymentLogs({
      client,
      path,
      signal: session.io.signal,
      headers: last === undefined ? {} : { 'Last-Event-ID': String(last) },
      sseMaxRetryAttempts: 5,
      onSseEvent: ({ event, data }) => {
        if (event === 'line') show(data as ContainerLogLine);
      },
    });
    for await (const _line of stream) session.io.signal.throwIfAborted();
    session.io.signal.throwIfAborted();
  });
}

type RequestOptions = ListOptions & { readonly outcome: 'all' | 'succeeded' | 'failed' };

export async function requests(session: Session, reference: string, options: RequestOptions): Promise<void> {
  const client = await session.client();
  const { id: deploymentId } = await new Finder(session).deployment(reference, options.project);
  const { outcome } = options;
  const found = await collect(
    (query) =>
      answerOf(listPredictionRequests({ client, path: { deploymentId }, query: { ...query, outcome } })),
    options.limit,
  );
  new Printer(session.io, options).list(
    found,
    [
      { title: 'time', value: ({ at }) => formatTime(at) },
      { title: 'status', value: ({ status }) => status, align: 'right' },
      { title: 'rows', value: ({ rowCount }) => rowCount, align: 'right' },
      { title: 'ms', value: ({ latencyMs }) => latencyMs, align: 'right' },
      { title: 'version', value: ({ modelVersionNumber }) => modelVersionNumber, align: 'right' },
      { title: 'caller', value: ({ caller }) => caller.name ?? caller.kind },
      { title: 'first prediction', value: ({ error, firstPrediction }) => error ?? firstPrediction },
      { title: 'request id', value: ({ requestId }) => requestId },
    ],
    'No call is logged yet; they appear a moment after they were answered',
  );
}
