/** The client is made from the committed document; nothing in `src/generated` is edited by hand. */
export default {
  input: 'libs/sdk/openapi.json',
  output: { path: 'libs/sdk/src/generated', clean: true, module: { extension: '.js' }, postProcess: [] },
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  logs: { level: 'warn', file: false },
};
