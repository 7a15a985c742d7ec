const SLUG = /^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const LONGEST = 64;

/** Why this cannot be the name of an endpoint (M3); empty when it can. */
export function slugProblem(slug: string): string {
  if (slug.length < 3) return 'At least 3 characters.';
  if (slug.length > LONGEST) return 'At most 64 characters.';
  if (/[^a-z0-9-]/.test(slug)) return 'Lower-case letters, digits and hyphens only.';
  if (!SLUG.test(slug)) return 'Begin and end with a letter or a digit.';
  return ID.test(slug) ? 'It may not look like an id.' : '';
}

/** A legal endpoint name as near to a name as can be. */
export function slugFrom(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
  const slug = plain || 'model';
  return slug.length >= 3 ? slug : `${slug}-endpoint`;
}
