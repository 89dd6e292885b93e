import { findAskedCall } from './edited-call.ts';
import type { JsonValue } from '../../domain/json.ts';
import type { Store } from '../../store/store.ts';
import { UsageError } from '../../domain/errors.ts';
import { safeLine } from '../../domain/safe-text.ts';

/** Refuses a changed input of a tool call that its tool would not take: it must not use up the decision. @throws UsageError */
export async function checkEditedInput(
  store: Store,
  runKey: string,
  { id, edit }: { id: string; edit: JsonValue },
): Promise<void> {
  if (typeof edit !== 'object' || edit === null || Array.isArray(edit)) return;
  const asked = await findAskedCall(store, runKey, id);
  if (!asked) return;
  const { createTools } = await import('../../tools/registry.ts');
  // Only what they say of an input counts here.
  const tools = createTools({ shell: { sandbox: 'refused' }, web: { allow: [] } });
  const problem = tools.get(asked.tool)?.problemOf(edit) ?? null;
  if (problem !== null) throw new UsageError(`\`edit\`: ${asked.tool} cannot take this. ${safeLine(problem)}`);
}
