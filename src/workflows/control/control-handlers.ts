import type { AddTasksUpdateInput, RetryTaskInput, SendMessageInput } from '../../contracts/control.ts';
import { preview } from '../../domain/fingerprint.ts';
import { isBlank } from '../../domain/blank-text.ts';
import { toInstance } from '../../domain/ids/execution-id.ts';
import { hasEnded } from '../../domain/scheduling/scheduler.ts';
import { addTasks } from '../base/activity-proxies.ts';
import type { RunBooks } from '../books/run-books.ts';
import type { Crew } from '../run/crew.ts';
import {
  addTasksUpdate,
  answerUpdate,
  approveUpdate,
  pauseUpdate,
  resumeUpdate,
  retryTaskUpdate,
  sendMessageUpdate,
  setLimitsUpdate,
  setPriorityUpdate,
  skipTaskUpdate,
} from '../base/definitions.ts';
import { redoTasks, skipTask } from './plan-changes.ts';
import type { PlanRun } from '../run/plan-run.ts';
import { checkLimits, setLimits } from './set-limits.ts';
import { UpdateTable } from './update-table.ts';
import { refused } from '../base/failures.ts';
import { known } from './known-task.ts';
import { checkPriority, setPriority } from './set-priority.ts';

// Validators are synchronous and refuse in words; a handler changes state first and then writes it down.

const somebody = 'somebody';
const emptyMessage = 'a message needs a "text" that says something';

/** Whether something of the task of an execution that has ended is still to begin: another item, or another iteration. */
type MayBegin = (executionId: string) => boolean;

/** Updates that every run takes, also one of a hand-written workflow. */
export function handleControl(crew: Crew, mayBegin: MayBegin, updates = new UpdateTable()): void {
  updates.isClosed = () => crew.books.isClosing;
  handleHolds(crew, updates);
  handleAnswers(crew.books, updates, mayBegin);
}

// Whether the run goes on, and how far.
function handleHolds(crew: Crew, updates: UpdateTable): void {
  const { books } = crew;
  const { hold, room } = books;
  updates.set(
    pauseUpdate,
    async (input) => {
      hold.pauseRun(input?.by ?? somebody, input?.reason ?? '');
      await books.flush();
      return hold.status === 'paused' ? ('paused' as const) : ('pausing' as const);
    },
    {
      validator: (_input) => hold.checkPause(),
      laterValidator: () => refuseCancelled(books, 'paused'),
      description: 'Nothing more starts; calls in flight end. Input: {"by":"…","reason":"…"}',
    },
  );
  updates.set(
    resumeUpdate,
    async (input) => {
      const by = input?.by ?? somebody;
      hold.resumeRun(by);
      room.release(['budget', 'provider'], by);
      await books.flush();
    },
    {
      validator: (_input) => {
        if (!hold.isHeld && !room.has(['budget', 'provider'])) throw refused('the run is not paused');
      },
      // What undoes something may wait for money, too.
      laterValidator: () => {
        if (!room.has(['budget', 'provider'])) refuseCancelled(books, 'resumed');
      },
      description: 'Goes on, also after a budget or a provider stopped it. Input: {"by":"…"}',
    },
  );
  updates.set(setLimitsUpdate, (input) => setLimits(crew, input), {
    validator: (input) => checkLimits(books, input),
    description:
      'Raises or lowers limits. Input: {"usd":10,"tokens":…,"maxParallel":…,"timeoutMs":…}; of a part: {"task":"…","usd":1}',
  });
}

// What people say to those who wait for them, or work.
function handleAnswers(books: RunBooks, updates: UpdateTable, mayBegin: MayBegin): void {
  const { room } = books;
  updates.set(
    approveUpdate,
    async (input) => {
      const answer = room.approve(input);
      await books.flush();
      return answer;
    },
    {
      validator: (input) => room.checkApprove(input),
      description: 'Decides an approval. Input: {"id":"…","decision":"approve","by":"…","role":"…"}',
    },
  );
  updates.set(
    answerUpdate,
    async (input) => {
      room.answer(input);
      await books.flush();
    },
    {
      validator: (input) => room.checkAnswer(input),
      laterValidator: ({ text }) => room.checkText(text),
      description: 'Answers a blocker. Input: {"id":"…","text":"…","by":"…"}',
    },
  );
  updates.set(sendMessageUpdate, (input) => sendMessage(books, input), {
    validator: (input) => {
      if (typeof input?.text !== 'string' || input.text.trim() === '') throw refused(emptyMessage);
      contextOf(books, input.to);
    },
    laterValidator: ({ text, to }) => {
      if (isBlank(text)) throw refused(emptyMessage);
      refuseUnread(books, to, mayBegin);
    },
    description: 'Tells an agent something, with its next turn. Input: {"to":"task or context","text":"…"}',
  });
}

/** See {@link MayBegin}: of a task of the plan. */
export function mayBeginIn(run: PlanRun): MayBegin {
  return (executionId) => {
    const { task } = toInstance(executionId);
    const found = run.tasks.find(task);
    if (!found) return false;
    if (!hasEnded(run.scheduler.status(task))) return true;
    // Between two iterations of its phase a task is as it ended.
    const phase = found.phase === null ? undefined : run.books.outline.phases[found.phase];
    return phase !== undefined && phase.repeat !== null && run.phases.current === phase.name;
  };
}

// Before whom it is served, and what more it does.
function handleMore(run: PlanRun, updates: UpdateTable): void {
  const { books } = run.crew;
  updates.set(setPriorityUpdate, (input) => setPriority(run, input), {
    validator: (input) => checkPriority(run, input),
    laterValidator: () => refuseCancelled(books, 'given another priority'),
    description: 'Before whom what waits is served. Input: {"priority":"low|normal|high|urgent","task":"…"}',
  });
  updates.set(addTasksUpdate, (input) => addToRun(run, input), {
    validator: ({ tasks }) => {
      if (!Array.isArray(tasks) || tasks.length === 0) throw refused('"tasks" must be a list of tasks');
      if (books.hold.isCompensating) throw refused('the run is being undone: nothing can be added');
    },
    laterValidator: () => refuseCancelled(books, 'given more tasks'),
    description: 'Adds tasks, as a workflow file has them. Input: {"tasks":[…]}',
  });
}

/** Updates that change what a plan's run does. */
export function handlePlanControl(run: PlanRun, updates: UpdateTable): void {
  const { books } = run.crew;
  updates.set(
    skipTaskUpdate,
    async ({ task, by = somebody, reason = '' }) => {
      if (run.slices && (await run.slices.giveUp(task))) throw refused(`${task} has ended already`);
      skipTask(run, task, `skipped by ${by}${reason ? `: ${reason}` : ''}`);
      await books.flush();
    },
    {
      validator: ({ task }) => {
        if (hasEnded(run.scheduler.status(known(run, task)))) throw refused(`${task} has ended already`);
      },
      laterValidator: () => refuseCancelled(books, 'told to skip a task'),
      description: 'Gives a task up. Input: {"task":"…","reason":"…"}',
    },
  );
  updates.set(
    retryTaskUpdate,
    async (input) => {
      const ids = toRedo(run, input);
      redoTasks(run, ids);
      await books.flush();
      return ids;
    },
    {
      validator: (input) => void toRedo(run, input),
      laterValidator: () => refuseCancelled(books, 'told to do a task anew'),
      description: 'Does a task anew that has ended, with the same input. Input: {"task":"…","descendants":true}',
    },
  );
  handleMore(run, updates);
}

async function addToRun(run: PlanRun, { tasks }: AddTasksUpdateInput): Promise<string[]> {
  const { books } = run.crew;
  const key = `update/${books.nextNumber()}`;
  const options = { summary: 'check added tasks' };
  const { added, problems } = await addTasks.executeWithOptions(options, [
    { runKey: books.runKey, key, parent: null, tasks },
  ]);
  if (problems !== null) throw refused(problems);
  run.add(added, null);
  return added.map((task) => task.id);
}

function toRedo(run: PlanRun, { task, descendants }: RetryTaskInput): string[] {
  known(run, task);
  const ids = descendants ? run.scheduler.descendants(task) : [task];
  const atWork = ids.find((id) => ['running', 'waiting'].includes(run.scheduler.status(id)));
  if (atWork !== undefined) throw refused(`${atWork} is still at work: skip it first, or wait for its end`);
  if (!hasEnded(run.scheduler.status(task))) throw refused(`${task} has not ended yet`);
  const ahead = ids.find((id) => run.slices?.mayHaveBegun(id));
  if (ahead !== undefined) throw refused(`${ahead} may be at work with what was there: try again in a moment`);
  if (run.books.hold.isCompensating) throw refused('the run is being undone: nothing can be done anew');
  const ofScript = ids.map((id) => run.tasks.of(id)).find(({ isScript, askedBy }) => isScript ?? askedBy);
  if (ofScript !== undefined)
    throw refused(
      `${ofScript.id} is a part of a script, which goes by what came of it: once the run has ended, retry the run`,
    );
  return ids.filter((id) => hasEnded(run.scheduler.status(id)));
}

async function sendMessage(books: RunBooks, { to, text, from = somebody }: SendMessageInput): Promise<string> {
  const context = contextOf(books, to);
  const id = `m${books.nextNumber()}`;
  books.emit({
    key: `sent/${id}`,
    type: 'message:sent',
    messageId: id,
    from,
    to: context,
    preview: preview(text, 300),
  });
  await books.flush({ messages: [{ id, to: context, from, text }] });
  return id;
}

/** @throws ApplicationFailure when no turn is to come that could read a message */
function refuseUnread(books: RunBooks, to: string, mayBegin: MayBegin): void {
  const context = contextOf(books, to);
  const readers = [...books.tasks.values()].filter((state) => state.context === context);
  if (readers.some(({ id, status }) => !hasEnded(status) || mayBegin(id))) return;
  const own = books.tasks.get(to);
  const who = own ? `${to} has ended (${own.status})` : `all tasks of the context ${to} have ended`;
  throw refused(`${who} and reads nothing more; once it is done anew (retry), it can be told`);
}

/** @throws ApplicationFailure when somebody cancelled the run: it is about to end */
function refuseCancelled({ hold }: RunBooks, what: string): void {
  if (hold.isCancelled) throw refused(`the run is being cancelled: it cannot be ${what}`);
}

function contextOf(books: RunBooks, to: string): string {
  const task = books.tasks.get(to);
  if (task) return task.context;
  const contexts = new Set([...books.tasks.values()].map((state) => state.context));
  if (contexts.has(to)) return to;
  throw refused(`there is no task or context ${to}; contexts: ${[...contexts].slice(0, 20).join(', ')}`);
}
