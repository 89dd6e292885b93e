import { contentKey } from '../../../src/gateway/content/content-key.ts';
import type { ScriptedRequest } from '../../../src/testing/index.ts';
import type { Scene } from './invariants.ts';

interface ForeignCall {
  key: string;
  content: string;
  begunAt: Date;
  runBegunAt: Date;
}

// Which one asked does not stand in what it asked.
const programs = [null, 'claude', 'codex', 'pi'] as const;

/**
 * What programs of others asked in a run, by the key of the call that the gateway made of it, as `runKey/…`: they send no key, so a request is
 * known by what it asks. Where attempts ask the same it is that one's which had begun last. What no call accounts for is left out.
 */
export async function foreignRequests(
  { model, store }: Pick<Scene, 'model' | 'store'>,
  runKey: string,
): Promise<Map<string, ScriptedRequest[]>> {
  const { rows: calls } = await store.sql.query<ForeignCall>(
    `select c.key, c.content, c.begun_at as "begunAt", r.started_at as "runBegunAt" from gateway_calls c join runs r on r.no = c.run_no
     where r.run_key = $1 and c.attempt <> '' order by c.begun_at`,
    [runKey],
  );
  const found = new Map<string, ScriptedRequest[]>();
  const [first] = calls;
  if (!first) return found;
  const isForeign = ({ callKey, at }: ScriptedRequest): boolean => callKey === null && at >= first.runBegunAt.getTime();
  for (const request of model.requests.filter(isForeign)) {
    const { wire, body, query, headers } = request;
    const asked = { wire, body, query, headers };
    const contents = programs.map((program) => contentKey(asked, program));
    const same = calls.filter((call) => contents.includes(call.content));
    if (same.length === 0) continue;
    const call = same.findLast(({ begunAt }) => begunAt.getTime() <= request.at) ?? same[0]!;
    const key = `${runKey}/${call.key}`;
    found.set(key, [...(found.get(key) ?? []), request]);
  }
  return found;
}
