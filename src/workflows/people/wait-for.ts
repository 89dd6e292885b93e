import type { WaitAnswer, WaitRequest } from '../../contracts/waiting.ts';
import type { Crew } from '../run/crew.ts';
import { askManager } from './ask-manager.ts';

/** See `Crew.wait`. */
export async function waitFor(crew: Crew, request: WaitRequest): Promise<WaitAnswer> {
  const { control, room } = crew;
  const { taskId, cause, detail, limit } = request;
  const state = crew.tasks.get(taskId);
  if (cause === 'provider') control.breaker ??= detail;
  control.wait(taskId, 1, { cause, detail, ...(limit && { limit }) });
  crew.onWait?.(taskId, true);
  if (state) state.status = 'waiting';
  try {
    // A person was asked already: the manager had passed it on.
    const help = cause === 'blocker' && !room.isKnown(request.id) ? await askManager(crew, request) : null;
    crew.helpIds.delete(request.id);
    if (help) return help;
    const answering = room.ask(request);
    void crew.flush();
    const answer = await answering;
    if (answer.outcome === 'halted') crew.stopRun('stopped', `${request.what}: ${answer.text}`);
    return answer;
  } finally {
    if (!control.wait(taskId, -1)) {
      crew.onWait?.(taskId, false);
      if (state?.status === 'waiting') state.status = 'running';
    }
    void crew.flush();
  }
}
