import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal, UserPrincipal } from './principal.js';
import type { ProjectScope } from './project-scope.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard before any handler runs. */
    principal?: Principal;
    /** Set by the guard for operations whose rule names a project or a thing inside one. */
    projectScope?: ProjectScope;
  }
}

const requestOf = (context: ExecutionContext): FastifyRequest =>
  context.switchToHttp().getRequest<FastifyRequest>();

/** The caller, for operations that are not about one project. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): UserPrincipal => {
  const { principal } = requestOf(context);
  if (principal?.kind !== 'user')
    throw new Error('CurrentUser on an operation whose rule admits callers who are not users.');
  return principal;
});

/** The caller whoever it is: for `predict` only. */
export const CurrentPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => requestOf(context).principal ?? { kind: 'anonymous' },
);

/** The project the guard has admitted the caller to. */
export const CurrentScope = createParamDecorator((_: unknown, context: ExecutionContext): ProjectScope => {
  const { projectScope } = requestOf(context);
  if (!projectScope) throw new Error('CurrentScope on an operation whose rule names no project.');
  return projectScope;
});
