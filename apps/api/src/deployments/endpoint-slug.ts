/** M3: what an endpoint may be called. */
export const ENDPOINT_SLUG = /^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/;

const MAX_LENGTH = 64;

/** A legal slug as near to a name as can be; `suffix` tells apart what would be the same. */
export function slugFrom(name: string, suffix = ''): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  const base = plain.slice(0, MAX_LENGTH - suffix.length).replace(/^-+|-+$/g, '');
  const slug = `${base || 'model'}${suffix}`;
  return slug.length >= 3 ? slug : `${slug}-endpoint`;
}
