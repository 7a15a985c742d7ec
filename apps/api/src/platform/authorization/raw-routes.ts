/**
 * Addresses that are answered outside Nest's handlers, and so outside its guards: files and probes that hold nothing of
 * anybody. A test compares this list with the running router; whatever is added here is open to everybody.
 */
export const RAW_ROUTES: readonly string[] = [
  '/healthz',
  '/api/healthz',
  '/api/openapi.json',
  '/api/docs',
  '/api/docs/',
  '/api/docs/*',
  '/*',
];
