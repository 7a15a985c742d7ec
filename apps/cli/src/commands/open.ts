import type { Command } from 'commander';
import { usageError } from '../cli-error.js';
import { Printer } from '../output/printer.js';
import { consoleLink, type ConsoleThing } from '../session/console-links.js';
import { Finder } from '../session/find.js';
import type { Session } from '../session/session.js';
import { leaf, withProject, type ProjectOptions } from './leaf.js';

const THINGS: readonly string[] = ['project', 'data', 'run', 'model', 'deployment'];

export function registerOpen(program: Command, session: Session): void {
  withProject(
    leaf(program, 'open [thing] [name]', 'Print the address of a thing in the console', [
      'open',
      'open run "churn run 1"',
      'open deployment churn          # also: project, data, model',
    ]),
  ).action((thing: string | undefined, name: string | undefined, options: ProjectOptions) =>
    open(session, thing, name, options),
  );
}

async function open(
  session: Session,
  thing: string | undefined,
  name: string | undefined,
  options: ProjectOptions,
): Promise<void> {
  const { url } = await session.door();
  const address = thing === undefined ? url : await addressOf(session, url, thing, name, options);
  new Printer(session.io, options).value({ url: address }, address);
}

async function addressOf(
  session: Session,
  url: string,
  thing: string,
  name: string | undefined,
  { project }: ProjectOptions,
): Promise<string> {
  if (!isThing(thing)) throw usageError(`There is no "${thing}"`, `one of ${THINGS.join(', ')}`);
  if (thing === 'project') {
    const { id } = await session.project(name ?? project);
    return consoleLink(url, thing, { id, projectId: id });
  }
  if (name === undefined) throw usageError(`Which ${thing}?`, `modelwright open ${thing} NAME`);
  const find = new Finder(session);
  const finders = {
    data: () => find.dataset(name, project),
    run: () => find.run(name, project),
    model: () => find.model(name, project),
    deployment: () => find.deployment(name, project),
  };
  return consoleLink(url, thing, await finders[thing]());
}

const isThing = (text: string): text is ConsoleThing => THINGS.includes(text);
