import { runTool } from '../../host/run-tool.ts';
import { StackError } from '../stack-error.ts';

/** An account of the operating system, by number. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

const created = 'gaffer-postgres';
/** PostgreSQL's `initdb` looks its own user up by number, so the account must be in the system's list: a free number is not enough. */
const candidates = [created, 'postgres', 'nobody'];
const creations: readonly (readonly [string, ...string[]])[] = [
  ['useradd', '--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', created],
  ['adduser', '-S', '-D', '-H', '-h', '/nonexistent', '-s', '/sbin/nologin', created],
];

/**
 * The unprivileged account that PostgreSQL runs under when we are root, as it refuses to run as root; undefined when we are not.
 *
 * `postgres` or `nobody` where there is one; created only where there is none.
 *
 * @throws StackError `no-account`
 */
export async function postgresAccount(say: (line: string) => void): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of candidates) {
    const account = await lookUp(name);
    if (account) return account;
  }
  for (const [command, ...args] of creations) {
    await runTool(command, args, { timeoutMs: 20_000 });
    const account = await lookUp(created);
    if (!account) continue;
    say(`PostgreSQL: it refuses to run as root and there was no other account: created the system account ${created}`);
    return account;
  }
  throw new StackError(
    'no-account',
    'PostgreSQL refuses to run as root, and no account `postgres` or `nobody` exists nor could one be created. ' +
      'Run gaffer as another user, or set DATABASE_URL.',
  );
}

/** Whether that account may do what `test` says (`-r`, `-x`, …) with all these paths: asked of the system, so ACLs and mounts count. */
export async function accountCan(account: Account, test: '-r' | '-x', ...paths: string[]): Promise<boolean> {
  const script = `for path; do test ${test} "$path" || exit 1; done`;
  const { code } = await runTool('/bin/sh', ['-c', script, 'sh', ...paths], {
    timeoutMs: 10_000,
    cwd: '/',
    account: { uid: account.uid, gid: account.gid },
  });
  return code === 0;
}

async function lookUp(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map((flag) => runTool('id', [flag, name], { timeoutMs: 10_000 }).then(toNumber)),
  );
  return uid && gid ? { name, uid, gid } : undefined;
}

function toNumber({ code, output }: { code: number | null; output: string }): number {
  // Number 0 is root, and as useless as none.
  return code === 0 && /^-?\d+$/.test(output.trim()) ? Number(output.trim()) >>> 0 : 0;
}
