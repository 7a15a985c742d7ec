/** Addresses of the console's pages. */
export type ConsoleThing = 'project' | 'data' | 'run' | 'model' | 'deployment';

const FOLDERS = { data: 'data', run: 'runs', model: 'models', deployment: 'deployments' } as const;

export function consoleLink(
  url: string,
  thing: ConsoleThing,
  { id, projectId, version }: { id: string; projectId: string; version?: number },
): string {
  const project = `${url}/p/${projectId}`;
  return thing === 'project'
    ? project
    : `${project}/${FOLDERS[thing]}/${id}${version === undefined ? '' : `?version=${version}`}`;
}
