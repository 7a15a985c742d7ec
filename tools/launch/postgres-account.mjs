/** The user that PostgreSQL runs as. It refuses to run as root, so root lends it another user's id. */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from './processes.mjs';
import { LaunchError } from './ui.mjs';

const MOUNT_POINTS = ['/mnt', '/srv', '/media', '/opt'];

/**
 * @param {string} text content of `/etc/passwd`
 * @returns {{ name: string, uid: number, gid: number }[]}
 */
export function parsePasswd(text) {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}

/**
 * Whom the server runs as: ourselves, or for root the owner of the data folder, else `nobody`. Only users with an
 * entry in `/etc/passwd` will do, because initdb looks itself up there.
 * @param {{ isRoot: boolean, ownerUid: number | null, users: { name: string, uid: number, gid: number }[] }} facts
 * @returns {{ uid: number, gid: number } | null} null: run as we are
 */
export function chooseAccount({ isRoot, ownerUid, users }) {
  if (!isRoot) return null;
  const owner = ownerUid ? users.find((user) => user.uid === ownerUid) : undefined;
  const account =
    owner ?? users.find((user) => user.name === 'nobody') ?? users.find((user) => user.uid >= 1000);
  if (!account) {
    throw new LaunchError('PostgreSQL refuses to run as root, and this machine has no other user.', {
      advice: 'Add one (useradd modelwright), or set DATABASE_URL to a PostgreSQL 16 or newer.',
    });
  }
  return { uid: account.uid, gid: account.gid };
}

/** @param {string} folder an existing folder of the cluster, or one that will hold it */
export function serverAccount(folder) {
  return chooseAccount({
    isRoot: process.getuid?.() === 0,
    ownerUid: statSync(folder, { throwIfNoEntry: false })?.uid ?? null,
    users: parsePasswd(readFileSync('/etc/passwd', 'utf8')),
  });
}

/**
 * The folders above `path`, and it, that `account` may not enter.
 * @param {string} path
 * @param {{ uid: number, gid: number }} account
 */
export function closedFolders(path, account) {
  const closed = [];
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) closed.push(folder);
    if (folder === dirname(folder)) return closed;
  }
}

// Runs in a mount namespace of its own: what is mounted here is seen by nobody else and goes when the server ends.
const NAMESPACE_SCRIPT = `set -e
point=$1 cluster=$2 programs=$3 uid=$4 gid=$5
shift 5
exec 9<"$cluster" 8<"$programs"
mount -t tmpfs -o mode=755,size=1m tmpfs "$point"
mkdir "$point/cluster" "$point/programs"
mount --bind /proc/self/fd/9 "$point/cluster" 2>/dev/null || mount --bind "$cluster" "$point/cluster"
mount --bind /proc/self/fd/8 "$point/programs" 2>/dev/null || mount --bind "$programs" "$point/programs"
exec 9<&- 8<&-
cd "$point"
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups -- "$@"`;

/**
 * How to start a PostgreSQL program so that it can reach its files.
 * @typedef {{ prefix: string[], uid?: number, gid?: number, cluster: string, programs: string }} ServerView
 *   `cluster` and `programs` are the paths as the program sees them
 *
 * Folders above the data may be closed to the server's user (`/root` always is). Then the two folders are shown to it
 * in a private mount namespace; where that is not allowed, the closed folders get the right to pass through (`o+x`,
 * not to list or read).
 * @param {{ cluster: string, programs: string, account: { uid: number, gid: number } | null,
 *   notice: (line: string) => void }} facts
 * @returns {Promise<ServerView>}
 */
export async function serverView({ cluster, programs, account, notice }) {
  const direct = { prefix: [], cluster, programs };
  if (!account) return direct;
  const closed = [...closedFolders(dirname(cluster), account), ...closedFolders(programs, account)];
  if (closed.length === 0) return { ...direct, ...account };

  const point = MOUNT_POINTS.find((folder) => !cluster.startsWith(folder) && !programs.startsWith(folder));
  const ids = [String(account.uid), String(account.gid)];
  const namespace = [
    'unshare',
    '--mount',
    '--propagation',
    'private',
    '/bin/sh',
    '-c',
    NAMESPACE_SCRIPT,
    'view',
  ];
  const prefix = [...namespace, point, cluster, programs, ...ids];
  const trial = await run(prefix[0], [...prefix.slice(1), 'test', '-x', `${point}/programs/bin/postgres`]);
  if (trial.code === 0) return { prefix, cluster: `${point}/cluster`, programs: `${point}/programs` };

  for (const folder of new Set(closed)) {
    notice(`Letting the database's user pass through ${folder} (chmod o+x; it still cannot list or read it)`);
    chmodSync(folder, statSync(folder).mode | 0o001);
  }
  return { ...direct, ...account };
}
