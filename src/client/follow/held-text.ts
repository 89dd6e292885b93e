import { plural } from '../../domain/format.ts';
import { parseModelKey } from '../../domain/ids/journal-key.ts';
import { toUsd } from '../../domain/money/money.ts';
import { nameOfScope } from '../../domain/money/reached-limit.ts';
import type { Store } from '../../store/store.ts';

const mostNames = 3;

/** Which calls of a run wait for their turn, for how much, and behind what, in one line; null: none does. */
export async function heldText({ runs }: Pick<Store, 'runs'>, runKey: string): Promise<string | null> {
  const found = await runs.waitingCalls(runKey);
  if (!found) return null;
  const { count, nano, heldNano, blocked, keys } = found;
  const tasks = [...new Set(keys.map((key) => parseModelKey(key).taskId))];
  const more = tasks.length > mostNames || count > keys.length ? ', …' : '';
  const limits = blocked.map(nameOfScope).join(', ') || 'the run';
  return (
    `${plural(count, 'call')} (${tasks.slice(0, mostNames).join(', ')}${more}) ${count === 1 ? 'waits for its' : 'wait for their'} turn: ` +
    `up to ${dollars(nano)}, behind ${dollars(heldNano)} that calls under way hold back (limit of ${limits})`
  );
}

function dollars(nano: number): string {
  return `$${toUsd(nano).toFixed(4)}`;
}
