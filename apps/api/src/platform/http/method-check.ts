import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems/problem.js';
import { pathOf } from '../problems/problem.filter.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Tells "there is nothing here" from "not by this method" (405 with Allow). Knows the routes that are registered after
 * it; call it before the application registers its own.
 */
export function rememberRoutes(
  fastify: FastifyInstance,
): (method: string, url: string) => Problem | undefined {
  const routes: { method: string; pattern: RegExp }[] = [];
  fastify.addHook('onRoute', ({ method, url }) => {
    if (url.includes('*')) return;
    const pattern = new RegExp(`^${url.split('/').map(patternOf).join('/')}/?$`);
    for (const one of [method].flat()) if (METHODS.includes(one)) routes.push({ method: one, pattern });
  });
  return (method, url) => {
    const path = pathOf(url);
    const allowed = [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).map((route) => route.method)),
    ];
    if (allowed.length === 0 || allowed.includes(method)) return undefined;
    return new Problem('method-not-allowed', `This address answers ${allowed.join(', ')}.`, {
      headers: { Allow: allowed.join(', ') },
    });
  };
}

function patternOf(segment: string): string {
  return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
