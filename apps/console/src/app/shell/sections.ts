import type { IconName } from '../shared/ui/icons';

export interface Section {
  readonly id: string;
  readonly label: string;
  readonly icon: IconName;
  /** Path below `/p/:project`. */
  readonly path: string;
  /** Further paths of the same room. */
  readonly also?: readonly string[];
  /** The letter after `g`. */
  readonly key: string;
}

/** Whether an address lies in a room. @param rest what follows `/p/:project` */
export function isIn({ path, also = [] }: Section, rest: string): boolean {
  const [first = ''] = rest.replace(/^\//, '').split(/[/?#]/);
  return [path, ...also].includes(first);
}

/** The rooms of a project, in the order of the work. */
export const SECTIONS: readonly Section[] = [
  { id: 'overview', label: 'Overview', icon: 'overview', path: '', key: 'v' },
  { id: 'data', label: 'Data', icon: 'data', path: 'data', key: 'd' },
  { id: 'runs', label: 'Runs', icon: 'runs', path: 'runs', also: ['compare'], key: 'r' },
  { id: 'models', label: 'Models', icon: 'models', path: 'models', key: 'm' },
  {
    id: 'deployments',
    label: 'Deployments',
    icon: 'deployments',
    path: 'deployments',
    also: ['batch'],
    key: 'e',
  },
];
