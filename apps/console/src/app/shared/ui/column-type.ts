import type { IconName } from './icons';

const ICON_OF: Readonly<Record<string, IconName>> = {
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  category: 'category',
  text: 'text',
  datetime: 'datetime',
};
const WORD_OF: Readonly<Record<string, string>> = {
  number: 'number',
  integer: 'whole number',
  boolean: 'yes or no',
  category: 'category',
  text: 'text',
  datetime: 'date and time',
};
const ROLE_WORDS: Readonly<Record<string, string>> = {
  feature: 'Feature',
  target: 'Target',
  identifier: 'Identifier',
  time: 'Time',
  ignore: 'Left out',
};

export function columnTypeIcon(type: string): IconName {
  return ICON_OF[type] ?? 'text';
}

export function columnTypeWord(type: string): string {
  return WORD_OF[type] ?? type;
}

export function columnRoleWord(role: string): string {
  return ROLE_WORDS[role] ?? role;
}
