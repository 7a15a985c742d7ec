import { type EnvironmentProviders, inject, provideEnvironmentInitializer } from '@angular/core';
import { client } from '@modelwright/sdk';
import { problemFromResponse } from './problem';
import { OneRequest } from './one-request';
import { Session } from './session';

/** Wires the generated client once: who is asking, what happens when the session ends, and how failures look. */
export function provideApiClient(): EnvironmentProviders {
  return provideEnvironmentInitializer(() => {
    const session = inject(Session);
    const changes = new OneRequest((request) => session.fetch(request));
    client.setConfig({
      // Requests are built from absolute addresses; the console and the API share an origin.
      baseUrl: globalThis.location.origin,
      credentials: 'same-origin',
      fetch: (input, init) => changes.send(new Request(input, init)),
    });
    client.interceptors.error.use((error, response) =>
      response instanceof Response ? problemFromResponse(response, error) : error,
    );
  });
}
