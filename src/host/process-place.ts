import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** The namespace that everybody else's is in, on Linux; who is in it sees all. */
const firstNamespace = 'pid:[4026531836]';

let known: string | undefined | null = null;

/**
 * Where processes are counted as this one is, `boot/namespace`: two that say the same mean the same process by a number. Containers of one
 * host differ, also when they share its name and its network.
 *
 * Undefined where that cannot be known.
 */
export function processPlace(): string | undefined {
  if (known === null) known = findPlace();
  return known;
}

function findPlace(): string | undefined {
  try {
    if (process.platform === 'linux') {
      if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`;
    }
    if (process.platform !== 'darwin') return undefined;
    const args = ['-n', 'kern.bootsessionuuid'];
    const boot = execFileSync('/usr/sbin/sysctl', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return boot === '' ? undefined : `${boot}/all`;
  } catch {
    return undefined;
  }
}

/**
 * The number that a process of another place has here; null: it is not there any more. Undefined: that cannot be seen from here, as from
 * one container into another.
 */
export function numberHere({ pid, place }: { pid: number; place: string }): number | null | undefined {
  const here = processPlace();
  const [boot, namespace] = place.split('/');
  if (here === undefined) return undefined;
  // The machine was started anew since.
  if (here.split('/')[0] !== boot) return null;
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isCountedAs(name, { pid, namespace }));
  if (found !== undefined) return Number(found);
  return here.endsWith(`/${firstNamespace}`) && process.getuid?.() === 0 ? null : undefined;
}

function isCountedAs(name: string, { pid, namespace }: { pid: number; namespace: string | undefined }): boolean {
  try {
    if (readlinkSync(`/proc/${name}/ns/pid`) !== namespace) return false;
    return new RegExp(`^NSpid:.*\\t${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
  } catch {
    return false;
  }
}
