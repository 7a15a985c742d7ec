const LONGEST = 64;
const SHORTEST = 3;
const LEGAL = /^[a-z0-9][a-z0-9-]{1,62}[a-z0-9]$/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A legal endpoint name as near to `name` as can be. */
export function suggestSlug(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replaceAll(/^-+|-+$/g, '');
  if (slug === '') return 'model';
  return slug.length < SHORTEST ? `${slug}-endpoint` : slug;
}

/** Why an endpoint cannot be called so (M3), and what to do; undefined when it can. */
export function slugProblem(slug: string): string | undefined {
  if (slug.length < SHORTEST) return `Use at least ${SHORTEST} characters.`;
  if (slug.length > LONGEST) return `Use at most ${LONGEST} characters; these are ${slug.length}.`;
  if (/[A-Z]/.test(slug)) return 'Use small letters only.';
  if (/[^a-z0-9-]/.test(slug)) return 'Use letters a to z, digits and hyphens only.';
  if (!LEGAL.test(slug)) return 'Start and end with a letter or a digit.';
  if (ID.test(slug)) return 'This looks like an id. Choose a name that people can read.';
  return undefined;
}
