import type { ApproveAnswer } from '../contracts/control.ts';
import type { Decision, Run } from '../client/run.ts';
import { UsageError } from '../domain/errors.ts';
import { pathPart } from './run-path.ts';
import type { Transport } from './transport.ts';

type Controls =
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'skip'
  | 'retryTask'
  | 'send'
  | 'setLimits'
  | 'setPriority'
  | 'waiting'
  | 'approve'
  | 'reject'
  | 'answer'
  | 'addTasks'
  | 'takeUp'
  | 'remove';

/** What is asked of a run that lives. */
export function createControls(transport: Transport, path: string): Pick<Run, Controls> {
  const post = async <Answer>(part: string, body: object): Promise<Answer> =>
    (await transport.json<Answer>({ method: 'POST', path: `${path}/${part}`, body })).answer;
  const update = async <Answer>(name: string, part: string, input: object): Promise<Answer> => {
    // A program without types may well call `skip('build')`.
    if (typeof input !== 'object' || input === null) throw new UsageError(`${name} takes one object: { … }.`);
    return post<Answer>(part, input);
  };
  const decide = async (decision: 'approve' | 'reject', { id, ...input }: Decision): Promise<ApproveAnswer> => {
    const { decided, missing } = await post<ApproveAnswer>(`approvals/${only(id)}`, { ...input, decision });
    return { decided, missing };
  };
  return {
    pause: async (input = {}) => (await update<{ state: 'pausing' | 'paused' }>('pause', 'pause', input)).state,
    resume: (input = {}) => update('resume', 'resume', input).then(nothing),
    cancel: () => post('cancel', {}).then(nothing),
    skip: (input) => update('skipTask', 'skip', input).then(nothing),
    retryTask: async (input) => (await update<{ tasks: string[] }>('retryTask', 'retry-task', input)).tasks,
    send: async (input) => (await update<{ messageId: string }>('sendMessage', 'messages', input)).messageId,
    setLimits: (input) => update('setLimits', 'limits', input).then(nothing),
    setPriority: (input) => update('setPriority', 'priority', input).then(nothing),
    addTasks: async (input) => (await update<{ tasks: string[] }>('addTasks', 'tasks', input)).tasks,
    waiting: async () =>
      (await transport.json<{ waiting: Awaited<ReturnType<Run['waiting']>> }>({ path: `${path}/waiting` })).answer
        .waiting,
    approve: (input = {}) => decide('approve', input),
    reject: (input = {}) => decide('reject', input),
    answer: async ({ id, ...input }) => nothing(await post(`answers/${only(id)}`, input)),
    takeUp: () => post('take-up', {}).then(nothing),
    async remove() {
      const { answer } = await transport.json<{ snapshots: number }>({ method: 'DELETE', path });
      return { snapshots: answer.snapshots };
    },
  };
}

/** What the service takes for the only one that waits. */
function only(id: string | undefined): string {
  return id === undefined ? '-' : pathPart(id);
}

function nothing(_answer: unknown): void {
  // What was asked is done.
}
