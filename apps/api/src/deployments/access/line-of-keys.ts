/**
 * The common table expression `line (key_id, id, deployment_id, depth)`: the keys that `which` names (a condition on
 * `deployment_key`), and all that they replaced by rotation. The one of greatest depth is the first of its line.
 */
export function lineOfKeys(which: string): string {
  return `line (key_id, id, deployment_id, depth) AS (
    SELECT id, id, deployment_id, 0 FROM deployment_key WHERE ${which}
    UNION ALL
    SELECT line.key_id, old.id, old.deployment_id, line.depth + 1
    FROM line JOIN deployment_key old ON old.deployment_id = line.deployment_id AND old.replaced_by = line.id)`;
}
