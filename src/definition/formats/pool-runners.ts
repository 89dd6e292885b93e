import type { Diagnostic } from '../source/diagnostic.ts';
import { quoted } from '../source/diagnostic.ts';
import type { SourceDocument, ValuePath } from '../source/source-document.ts';
import type { Translation } from '../source/translated-document.ts';

/** What a member of a pool says of the program that does its tasks. */
export const runnerKeys = ['runner', 'command', 'hosts'] as const;

/**
 * A member's program does the tasks of its kind of agent, whoever of the pool has them: so members of a kind say the same.
 *
 * @param kinds of the members, in their order
 * @returns what is wrong
 */
export function putRunners(native: Translation, document: SourceDocument, kinds: readonly string[]): Diagnostic[] {
  const found: Diagnostic[] = [];
  const firsts = new Map<string, number>();
  const saidBy = (index: number) => runnerKeys.map((key) => document.valueAt(['agents', index, key]));
  for (const [index, kind] of kinds.entries()) {
    const said = saidBy(index);
    if (said.every((value) => value === undefined)) continue;
    const first = firsts.get(kind);
    if (first === undefined) {
      firsts.set(kind, index);
      putRunner(native, document, { index, kind });
    } else if (JSON.stringify(saidBy(first)) !== JSON.stringify(said)) {
      const message = `members of the type ${quoted(kind)} have one runner, and this one says another`;
      const hint = 'give it a type of its own: an agent of that name does the workstreams whose "tool" that is';
      found.push(document.diagnostic(['agents', index], { code: 'bad-value', message, hint }));
    }
  }
  return found;
}

function putRunner(
  native: Translation,
  document: SourceDocument,
  { index, kind }: { index: number; kind: string },
): void {
  const path: ValuePath = ['agents', index];
  native.put(['agents', kind], {}, { document, path });
  for (const key of runnerKeys) {
    const value = document.valueAt([...path, key]);
    if (value !== undefined) native.put(['agents', kind, key], value, { document, path: [...path, key] });
  }
}
