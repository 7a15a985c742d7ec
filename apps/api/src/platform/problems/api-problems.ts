import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from './catalog.js';
import { ProblemResponse } from './problem.dto.js';

/** Documents the problems an operation answers with, one response per status. */
export function ApiProblems(...codes: ProblemCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return applyDecorators(
    ...[...byStatus].map(([status, kinds]) =>
      ApiResponse({
        status,
        description: kinds.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
        standardSchema: ProblemResponse,
        type: 'application/problem+json',
      }),
    ),
  );
}
