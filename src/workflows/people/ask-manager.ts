import { parseHelperId } from '../../domain/ids/worker-id.ts';
import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { RunItem } from '../books/work-item.ts';

const escalation = 'ESCALATE';

/**
 * Has the run's manager answer a blocker.
 *
 * @returns null when there is no manager, when the manager itself is blocked, or when it passes the question on to a person
 */
export async function askManager(
  books: RunBooks,
  request: WaitRequest,
  { run, helpId }: { run: RunItem; helpId: () => string },
): Promise<WaitAnswer | null> {
  const { manager } = books.outline;
  const { taskId } = request;
  const asking = books.tasks.get(taskId);
  if (manager === null || asking?.agent === manager || parseHelperId(taskId)?.kind === 'help') return null;
  const asked = { blockerId: request.id, taskId, agentName: asking?.agent ?? '', detail: request.detail };
  books.emit({ key: `raised/${request.id}`, type: 'blocker:raised', ...asked, asks: manager });
  const id = helpId();
  const state = await run({
    ...{
      id,
      phase: asking?.phase ?? null,
      agent: manager,
      context: id,
      prompt: toPrompt(request, asking?.agent ?? ''),
    },
    ...{ retry: { maxAttempts: 2, backoffMs: 2000 }, timeoutMs: null, workspace: asking?.workspace ?? null },
  }).finally(() => books.tasks.delete(id));
  const preview = state.progress?.preview ?? '';
  if (state.status !== 'succeeded' || preview.startsWith(escalation)) return null;
  const told = { blockerId: request.id, taskId, by: manager, answer: preview };
  books.emit({ key: `resolved/${request.id}`, type: 'blocker:resolved', ...told });
  const answer: WaitAnswer = { id: request.id, outcome: 'answered', text: preview, by: manager };
  return state.head === null ? answer : { ...answer, head: state.head };
}

function toPrompt({ taskId, detail }: WaitRequest, agent: string): string {
  return [
    `The agent ${agent} is blocked in its task ${taskId}. It says:`,
    '',
    detail,
    '',
    'Resolve it: your last answer is given to that agent as it stands.',
    `If only a person can decide it, answer ${escalation} and why.`,
  ].join('\n');
}
