import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '../problems/problem.js';
import { pathOf, sendProblem } from '../problems/problem.filter.js';

/** Names with a hash of the content; compressed files carry their ending on top. */
const HASHED = /[.-][A-Z0-9]{8,}\.[a-z0-9]+(\.(br|gz))?$/i;
/**
 * Clients of the MLflow protocol print "View run at <tracking address>/#/experiments/…/runs/…". Browsers keep what is
 * behind the # when they are sent on, and the console knows those addresses.
 */
const TRACKING_ADDRESS = /^\/api\/mlflow\/p\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/i;
const UNBUILT_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Modelwright</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}</style></head>
<body><h1>The console is not built</h1>
<p>The API runs. To see the console, build it with <code>npm run build</code> and start again, or set
<code>CONSOLE_DIR</code> to the folder of a build.</p>
<p>Without it there is <a href="/api/docs">the API's own page</a>.</p></body></html>
`;

/** The console: its files as they are, its page for every other address that is not the API's. */
export async function serveConsole(fastify: FastifyInstance, folder: string): Promise<void> {
  const index = join(folder, 'index.html');
  const built = existsSync(index);
  if (built)
    await fastify.register(fastifyStatic as never, {
      root: folder,
      wildcard: false,
      index: false,
      preCompressed: true,
      decorateReply: false,
      setHeaders: (reply: FastifyReply, path: string) => {
        void reply.header(
          'Cache-Control',
          HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    });
  fastify.get('/*', (request, reply) => {
    const path = pathOf(request.url);
    const [, project] = TRACKING_ADDRESS.exec(path) ?? [];
    if (project !== undefined) return reply.redirect(`/p/${project}/runs`, 302);
    if (isOfTheApi(path) || /\.[a-z0-9]{1,8}$/i.test(path)) {
      const elsewhere = fastify.otherMethodProblem('GET', request.url);
      sendProblem(request, reply, elsewhere ?? new Problem('not-found', 'There is nothing at this address.'));
      return reply;
    }
    return sendPage(request, reply, built ? index : undefined);
  });
}

function sendPage(_request: FastifyRequest, reply: FastifyReply, index: string | undefined): FastifyReply {
  void reply.header('Cache-Control', 'no-cache').type('text/html; charset=utf-8');
  return index === undefined ? reply.status(503).send(UNBUILT_PAGE) : reply.send(createReadStream(index));
}

function isOfTheApi(path: string): boolean {
  return /^\/(api|v2|ws|healthz)(\/|$)/.test(path);
}
