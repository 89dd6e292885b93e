import { relative } from 'node:path';
import type { GateInput } from '../../contracts/merge.ts';
import type { GateVerdict } from '../../domain/merge/ride.ts';
import { lastWords } from '../../domain/merge/last-words.ts';
import { greenGates, noteGate } from '../../store/merges/merge-gates.ts';
import { keepTurn } from '../../store/merges/merge-turns.ts';
import { appendNew } from '../../store/run/events.ts';
import type { ActivityDependencies } from '../base/dependencies.ts';
import type { FrozenRun } from '../base/frozen-run.ts';

/** How long one gate may take. */
const gateMs = 10 * 60_000;

/**
 * Runs the gates of a run on the files of a commit, one after the other, until one is not green. What was green on that commit is not
 * run again.
 *
 * @throws the signal's reason when aborted
 */
export async function gate(
  { store, train, workspaceHost }: Pick<ActivityDependencies, 'store' | 'train' | 'workspaceHost'>,
  run: FrozenRun,
  { repository, target, commit, taskIds }: GateInput,
  signal: AbortSignal,
): Promise<GateVerdict> {
  const green: GateVerdict = { kind: 'green', reason: '' };
  const { gates = [] } = run.plan.merge ?? {};
  const done = await greenGates(store.sql, run.no, { repository, commit });
  const left = [...gates.entries()].filter(([place]) => !done.has(place));
  if (left.length === 0) return green;
  const inside = relative(repository, run.plan.workspace);
  const below = inside.startsWith('..') ? '' : inside;
  const share = run.plan.isolation?.share ?? [];
  return train.look(repository, { commit, below, share }, async ({ folder, reads }) => {
    for (const [place, command] of left) {
      await keepTurn(store.sql, run.no);
      const end = await workspaceHost.check({ workspace: folder, below, command, timeoutMs: gateMs, reads }, signal);
      await store.transaction(async (sql) => {
        await noteGate(sql, run.no, { repository, commit, gate: place, verdict: end.kind });
        const event = {
          ...{ key: `merge-gate/${commit}/${place}`, type: 'merge:gate' as const, tasks: taskIds, into: target },
          ...{ command, success: end.kind === 'green', duration: Math.round(end.durationMs), output: end.output },
        };
        await appendNew(sql, run.no, [event]);
      });
      if (end.kind === 'green') continue;
      const said = lastWords(end.output);
      return { kind: end.kind, reason: `gate \`${command}\`: ${end.reason}${said && `: ${said}`}` };
    }
    return green;
  });
}
