/** Version of the API; the same as in the root package.json, which a test compares. */
export const VERSION = '0.1.0';
