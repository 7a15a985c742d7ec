import type { Linter } from 'eslint';

export const roomBoundaries: Linter.Config[];
export const libraryBoundaries: Linter.Config[];
export const consoleBoundaries: Linter.Config[];
export const cliBoundaries: Linter.Config[];
