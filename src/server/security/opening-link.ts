import { createBrowserKey, newSecret, secretHash } from '../../client/access/keys.ts';
import type { KeyStore } from '../../store/service/keys.ts';
import { sessionLastsMs } from './session-cookie.ts';

/** How long the link of a page opens it. */
const codeLastsMs = 60_000;

/**
 * An address that opens a page of the service once, within a minute, as whoever starts it: all that a key of the scope `admin` may. The
 * code stands behind `#`, so it is in no request and no log; the page swaps it at `POST /api/session`.
 *
 * @param url where the service is: `http://127.0.0.1:7450`
 * @param name as whom the page acts, in approvals and in the audit
 */
export async function openingLink(keys: KeyStore, { url, name }: { url: string; name: string }): Promise<string> {
  const code = newSecret();
  const { id } = await createBrowserKey(keys, { name, scopes: ['admin'], lastsMs: sessionLastsMs + codeLastsMs });
  await keys.addCode(id, secretHash(code), codeLastsMs);
  return `${url}/#code=${code}`;
}
