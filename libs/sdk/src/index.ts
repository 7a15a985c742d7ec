import { createClient, type Client } from './generated/client/index.js';

export * from './generated/index.js';
export { client } from './generated/client.gen.js';
export { createClient, type Client } from './generated/client/index.js';

export interface ModelwrightClientOptions {
  /** Address of the installation, as in `http://localhost:4000`. */
  readonly baseUrl: string;
  /** A personal access token (`mwp_…`), an access token, or for predictions a deployment key (`mwk_…`). */
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

/** A client to pass to every function of the SDK: `listProjects({ client })`. */
export function createModelwrightClient({ baseUrl, token, fetch }: ModelwrightClientOptions): Client {
  return createClient({
    baseUrl,
    ...(fetch ? { fetch } : {}),
    ...(token ? { headers: { Authorization: `Bearer ${token}` } } : {}),
  });
}
