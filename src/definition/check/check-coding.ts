import type { Agent } from '../../domain/plan/plan.ts';
import type { JsonValue } from '../../domain/json.ts';
import { isolations, type Isolation } from '../../domain/coding/isolation.ts';
import { isolationOf } from '../../domain/worktrees/isolation-of.ts';
import { agentOf } from '../draft/agents.ts';
import type { Draft } from '../draft/draft.ts';
import type { Diagnostic } from '../source/diagnostic.ts';
import type { SourceDocument } from '../source/source-document.ts';
import { isJsonObject } from '../source/source-document.ts';

/** Tasks whose files are to be put back when they fail, and which work where others do, too: their work cannot be told apart. */
export function checkRestores(
  document: SourceDocument,
  draft: Draft,
  agents: Readonly<Record<string, Agent>>,
): Diagnostic[] {
  const run = sayingOf(document.valueAt(['workspace']));
  return draft.tasks.flatMap((task) => {
    if (task.keys['on_failure'] !== 'restore') return [];
    const phase = task.phase === null ? undefined : sayingOf(draft.phases[task.phase]?.keys['workspace']);
    const agent = agents[agentOf(task, draft) ?? ''];
    const isApart =
      task.work === null && isolationOf({ task: sayingOf(task.keys['workspace']), agent, phase, run }) !== 'shared';
    if (isApart) return [];
    const message =
      'files of a task that works in the shared folder cannot be put back: others may have changed them, too';
    const hint = 'add "workspace: { isolate: worktree }" to it, or leave "on_failure" out';
    return [document.diagnostic([...task.path, 'on_failure'], { code: 'bad-value', message, hint })];
  });
}

function sayingOf(workspace: JsonValue | undefined): { isolate?: Isolation } {
  const word = isJsonObject(workspace) ? workspace['isolate'] : undefined;
  const isolate = isolations.find((each) => each === word);
  return isolate ? { isolate } : {};
}
