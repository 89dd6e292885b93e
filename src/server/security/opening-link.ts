import { createBrowserKey, newSecret, secretHash } from '../../client/access/keys.ts';
import { anyRole } from '../../domain/access/role.ts';
import type { Scope } from '../../domain/access/scope.ts';
import type { KeyStore } from '../../store/service/keys.ts';
import { sessionLastsMs } from './session-cookie.ts';

/** Whose page a link opens, and what it may do there. */
export interface PageWishes {
  /** Where the service is: `http://127.0.0.1:7450`. */
  url: string;
  /** As whom the page acts, in approvals and in the audit. */
  name: string;
  /** Left out: `admin`, which is all of them. */
  scopes?: readonly Scope[];
  /** Left out: any, as at the terminal that makes the link. */
  roles?: readonly string[];
}

/** How long the link of a page opens it. */
const codeLastsMs = 60_000;

/**
 * An address that opens the dashboard once, within a minute, as whoever is at the terminal: all that a key of the scope `admin` may, in
 * any role. The code stands behind `#`, so it is in no request and no log; the page swaps it at `POST /api/session`.
 */
export async function openingLink(keys: KeyStore, { url, ...wishes }: PageWishes): Promise<string> {
  const { name, scopes = ['admin'], roles = [anyRole] } = wishes;
  const code = newSecret();
  const { id } = await createBrowserKey(keys, { name, scopes, roles, lastsMs: sessionLastsMs + codeLastsMs });
  await keys.addCode(id, secretHash(code), codeLastsMs);
  return `${url}/#code=${code}`;
}
