import type { Wire } from '../wire/wires.ts';
import { wireOf } from '../wire/wires.ts';

/** What a request is about, by its path. */
export type Place =
  | { kind: 'health' }
  | { kind: 'metrics' }
  /** The accounts, for workers. */
  | { kind: 'accounts' }
  | { kind: 'attempt'; run: string; taskId: string; attempt: number; wire: Wire | 'models' }
  | { kind: 'provider'; provider: string; wire: Wire | 'call' };

/** What a path means; undefined: nothing here. */
export function placeOf(url: string): Place | undefined {
  const path = url.split('?', 1)[0]!;
  if (path === '/healthz') return { kind: 'health' };
  if (path === '/metrics') return { kind: 'metrics' };
  if (path === '/provider') return { kind: 'accounts' };
  try {
    return ofAttempt(path) ?? ofProvider(path);
  } catch {
    // Not percent-encoded as anything.
    return undefined;
  }
}

/** A request's target as a path: it may come with the address that it was sent to. */
export function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, '') || '/';
}

/** Which wire a request seems to speak, whatever else is at its address; null: none. */
export function spokenWire(target: string): Wire | null {
  const [, rest] = /\/v1(\/[^?#]+)/.exec(target) ?? [];
  return (rest !== undefined && wireOf(rest)) || null;
}

/** The query of a URL, with its question mark, or ''. */
export function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

function ofAttempt(path: string): Place | undefined {
  const [, run, task, attempt, rest] = /^\/run\/([^/]+)\/task\/([^/]+)\/attempt\/(\d{1,9})\/v1(\/.+)$/.exec(path) ?? [];
  if (rest === undefined) return undefined;
  const wire = rest === '/models' ? 'models' : wireOf(rest);
  if (!wire) return undefined;
  return {
    ...{ kind: 'attempt', run: decodeURIComponent(run!), taskId: decodeURIComponent(task!) },
    ...{ attempt: Number(attempt), wire },
  };
}

function ofProvider(path: string): Place | undefined {
  const [, provider, rest] = /^\/provider\/([^/]+)\/(call|v1\/.+)$/.exec(path) ?? [];
  if (rest === undefined) return undefined;
  const wire = rest === 'call' ? 'call' : wireOf(rest.slice(2));
  return wire && { kind: 'provider', provider: decodeURIComponent(provider!), wire };
}
