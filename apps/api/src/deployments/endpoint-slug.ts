/** M3: what an endpoint may be called. */
export const ENDPOINT_SLUG = /^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/;

const MAX_LENGTH = 64;
/** Words that come twice in a row, as in `telco-churn-churn`; figures may mean something. */
const REPEATED = /(?<![a-z0-9])([a-z]{2,}(?:-[a-z]{2,}){0,5})(?:-\1)+(?![a-z0-9])/g;

/** An endpoint is found by id or by slug at the same address, so a slug must not look like an id. */
export function looksLikeId(slug: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(slug);
}

/** A legal slug as near to a name as can be; `suffix` tells apart what would be the same. */
export function slugFrom(name: string, suffix = ''): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    // A model is named after its data and its target, which often say the same: "telco-churn · Churn".
    .replace(REPEATED, '$1');
  const base = plain.slice(0, MAX_LENGTH - suffix.length).replace(/^-+|-+$/g, '');
  const slug = `${base || 'model'}${suffix}`;
  return slug.length >= 3 ? slug : `${slug}-endpoint`;
}
