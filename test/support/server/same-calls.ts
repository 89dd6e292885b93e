import { defineTemplate, type Run, type RunEvent } from '../../../src/client/index.ts';
import type { Runs } from '../../../src/client/runs.ts';
import { reach } from '../run/reach.ts';

/** What a call came to: its answer, or the error that it was refused with. */
export type Outcomes = Record<string, unknown>;

/** Names methods that were called, of whatever is reached through it. */
export function recorded<Value extends object>(value: Value, called: Set<string>, name: string): Value {
  return new Proxy(value, {
    get(target, key) {
      const found = Reflect.get(target, key) as unknown;
      if (typeof key !== 'string') return found;
      if (typeof found === 'object' && found !== null) return recorded(found, called, `${name}.${key}`);
      if (typeof found !== 'function') return found;
      return (...args: unknown[]): unknown => {
        called.add(`${name}.${key}`);
        const answer = (found as (...given: unknown[]) => unknown).apply(target, args);
        return answer instanceof Promise
          ? answer.then((settled: unknown) => (isRun(settled) ? recorded(settled, called, 'run') : settled))
          : answer;
      };
    },
  });
}

function isRun(value: unknown): value is Run {
  return typeof value === 'object' && value !== null && 'runKey' in value && 'takeUp' in value;
}

/** An error as whoever catches it sees it. */
function asCaught(error: unknown): unknown {
  const { name, message, stack: _, cause: __, ...fields } = error as Error & Record<string, unknown>;
  return { refused: name, message, ...Object.fromEntries(Object.entries(fields)) };
}

const by = 'tester';

/** Every call of `Runs` and `Run`, once at least, by somebody who works with runs called `side-…`. */
export async function callAll(runs: Runs, side: string): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const note = async <Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      const answer = await work();
      outcomes[what] = isRun(answer) ? answer.id : answer;
      return answer;
    } catch (error) {
      outcomes[what] = asCaught(error);
      return undefined;
    }
  };
  const calls = { runs, side, note };
  await callStarts(calls);
  const first = await callLive(calls);
  await callEnded(calls, first);
  await callAfter(calls, first);
  await callSchedules(calls);
  return outcomes;
}

interface Calls {
  runs: Runs;
  side: string;
  note: <Result>(what: string, work: () => Promise<Result>) => Promise<Result | undefined>;
}

const pair = (side: string) => ({
  name: `pair-${side}`,
  default_profile: 'coder',
  tasks: [
    { id: 'one', prompt: 'Write one.', approval: { at: 'before' } },
    { id: 'two', prompt: 'Write two.', depends_on: ['one'] },
  ],
});

/** Starts from every source, and all that cannot be started. */
async function callStarts({ runs, side, note }: Calls): Promise<void> {
  const ofTemplate = defineTemplate({
    id: `letter-${side}`,
    parameters: { subject: { type: 'string', min_length: 3 }, count: { type: 'integer', default: 2, maximum: 3 } },
    buildTasks: ({ subject, count }) =>
      Array.from({ length: count }, (_, index) => ({ id: `t${index}`, agentName: 'coder', prompt: `On ${subject}.` })),
  });
  const text = `name: text-${side}\ndefault_profile: coder\ntasks: [{ id: one, prompt: Say hello. }]\n`;
  const result = async (run: Promise<Run>): Promise<unknown> => (await run).result();
  const inputs = { subject: 'bees' };
  await Promise.all([
    note('start text', () => result(runs.start({ text, id: `${side}-text` }))),
    note('start file', () => result(runs.start({ file: 'workflow.yaml', id: `${side}-file`, limits: { usd: 1 } }))),
    note('start template', () => result(runs.start({ template: ofTemplate, inputs, id: `${side}-template` }))),
  ]);
  await note('start again', () => runs.start({ text, id: `${side}-text` }));
  await note('start nonsense', () =>
    runs.start({ text: 'name: x\ndefault_profile: nobody\nphases: 7\ncolour: red\n' }),
  );
  await note('start a hole', () =>
    runs.start({ definition: { name: 'x', tasks: [{ id: 'a', prompt: '${{ inputs.y }}' }] } }),
  );
  await note('start nothing', () => runs.start({} as never));
  await note('start no template', () =>
    runs.start({ template: ofTemplate, inputs: { subject: 'x', count: 9, more: 1 } }),
  );
  for (const id of ['nobody', '', '..', 'a\nb', `${side}-tex`])
    await note(`find ${JSON.stringify(id).replace(side, '')}`, () => runs.find(id));
}

/** All that is asked of a run that lives. */
async function callLive({ runs, side, note }: Calls): Promise<Run> {
  const run = await runs.start({ definition: pair(side), id: `${side}-pair` });
  await reach(run, 'approval:requested');
  await reach(run, 'run:waiting');
  await note('waiting', () => run.waiting());
  await note('runs.waiting', () => runs.waiting(run.id));
  await note('view while it waits', () => run.view());
  await note('state while it waits', () => run.state());
  await note('describe', async () => ({ ...(await run.describe()), stuck: null }));
  await note('result at once', () => run.result({ timeoutMs: 0 }));
  await note('result of no time', () => run.result({ timeoutMs: -1 }));
  await note('rollback too early', () => runs.rollback(run.id));
  await note('remove too early', () => run.remove());
  await note('pause', () => run.pause({ by, reason: 'lunch' }));
  await note('resume', () => run.resume({ by }));
  await note('send', () => run.send({ to: 'two', text: 'Hurry.', from: by }));
  await note('send nowhere', () => run.send({ to: 'nobody', text: 'Hurry.', from: by }));
  await note('setLimits', () => run.setLimits({ usd: 5, by }));
  await note('setLimits wrongly', () => run.setLimits({ task: 'nobody', usd: 5, by }));
  await note('setPriority', () => run.setPriority({ priority: 'high', by }));
  await note('addTasks', () =>
    run.addTasks({ tasks: [{ id: 'three', prompt: 'Write three.', depends_on: ['two'] }], by }),
  );
  await note('skip', () => run.skip({ task: 'three', reason: 'enough', by }));
  await note('skip nothing', () => run.skip('three' as never));
  await note('takeUp', () => run.takeUp());
  await note('answer nobody', () => run.answer({ text: 'yes', by }));
  await note('approve nobody', () => run.approve({ id: 'nobody', by }));
  await note('approve', () => run.approve({ by, comment: 'good' }));
  await run.result();
  return run;
}

/** All that can be read of a run that has ended. */
async function callEnded({ runs, side, note }: Calls, run: Run): Promise<void> {
  await note('result', () => run.result());
  await note('events', () => inOrder(run));
  await note('events behind the third', async () => (await inOrder(run, 3)).length);
  await note('view', () => run.view());
  await note('state', () => run.state());
  await note('contexts', () => run.contexts());
  await note('transcript of one', () => run.transcript('one'));
  await note('transcript', () => run.transcript());
  await note('output', () => run.output());
  await note('output of one', () => run.output('one'));
  await note('output of nobody', () => run.output('nobody'));
  await note('sharedState', () => run.sharedState());
  await note('stateHistory', () => run.stateHistory('plan'));
  await note('messages', () => run.messages());
  await note('checkpoints', () => run.checkpoints());
  await note('evaluations', () => run.evaluations());
  await note('export', () => exported(run));
  await note('cutOff', () => run.cutOff());
  await note('closed', () => run.closed(20_000));
  await note('webUrl', async () => typeof (await run.webUrl()));
  await note('pause too late', () => run.pause({ by }));
  await note('reject too late', () => run.reject({ by }));
  await note('found', async () => (await runs.find(run.id)).runKey === run.runKey);
  await note('list', () => runs.list({ workflow: `pair-${side}` }));
  await note('list of no status', () => runs.list({ status: 'odd' }));
}

/** What goes on from a run, and what ends it for good. */
async function callAfter({ runs, side, note }: Calls, run: Run): Promise<void> {
  const fork = await note('fork', () =>
    runs.fork(run.id, { from: 'two', set: { 'prompt.two': 'Say two.' }, id: `${side}-fork` }),
  );
  await note('fork result', () => fork!.result());
  await note('compare', () => runs.compare(run.id, `${side}-fork`));
  await note('evaluate', () => runs.evaluate(run.id));
  await note('rollback', () => runs.rollback(run.id));
  const page = await note('page', () => runs.page({ workflow: `pair-${side}`, limit: 1 }));
  await note('next page', () => runs.page({ workflow: `pair-${side}`, limit: 1, cursor: page!.next! }));
  await note('no page', () => runs.page({ cursor: 'odd' }));
  await note('remove', () => fork!.remove());
  const blocked = await runs.start({
    text: `name: blocked-${side}\ndefault_profile: coder\ntasks: [{ id: ask, prompt: You are blocked. }, { id: next, prompt: Next., depends_on: [ask], approval: { at: before } }]\n`,
    id: `${side}-blocked`,
  });
  await reach(blocked, 'blocker:raised');
  await note('answer', () => blocked.answer({ id: 'ask', text: 'it is 42', by }));
  await reach(blocked, 'approval:requested');
  await note('retryTask', () => blocked.retryTask({ task: 'ask', by }));
  await note('retryTask of nobody', () => blocked.retryTask({ task: 'nobody', by }));
  await reach(blocked, 'blocker:raised', ({ seq }) => seq > 12);
  await note('answer again', () => blocked.answer({ text: 'it is 43', by }));
  await reach(blocked, 'task:complete', ({ taskId, seq }) => taskId === 'ask' && seq > 12);
  await note('reject', () => blocked.reject({ id: 'next', by, comment: 'no' }));
  await note('rejected result', async () => (await blocked.result()).status);
  const again = await note('retry', () => runs.retry(blocked.id, { id: `${side}-again`, by }));
  await note('cancel', () => again!.cancel());
  await note('cancelled result', async () => (await again!.result()).status);
}

async function callSchedules({ runs, side, note }: Calls): Promise<void> {
  const name = `${side}-nightly`;
  const { schedules } = runs;
  const ours = async (): Promise<unknown> => (await schedules.list()).filter((each) => each.name === name);
  const timing = { cron: '0 3 * * *', timeZone: 'UTC' };
  await note('schedules.add', () => schedules.add({ name, definition: pair(side), ...timing, paused: true }));
  await note('schedules.add again', () => schedules.add({ name, definition: pair(side), ...timing }));
  await note('schedules.add at no time', () =>
    schedules.add({ name: `${side}-never`, definition: pair(side), cron: 'soon' }),
  );
  await note('schedules.list', ours);
  await note('schedules.resume', () => schedules.resume(name, 'go'));
  await note('schedules.pause', () => schedules.pause(name, 'stop'));
  await note('schedules.find', () => schedules.find(name));
  await note(
    'schedules.trigger',
    async () => (await (await runs.find(await schedules.trigger(name))).cancel(), 'cancelled'),
  );
  await note('schedules.remove', () => schedules.remove(name));
  await note('schedules.find nothing', () => schedules.find('weekly-tidying-up'));
}

async function inOrder(run: Run, after = 0): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of run.events({ after })) events.push(event);
  if (events.some(({ seq }, index) => seq !== after + index + 1))
    throw new Error('a number is missing, or comes twice');
  return events;
}

async function exported(run: Run): Promise<string[]> {
  const kinds = new Set<string>();
  for await (const line of run.export()) {
    if (!line.endsWith('\n')) throw new Error('a line without its end');
    kinds.add(Object.keys(JSON.parse(line) as object).join(' '));
  }
  return [...kinds];
}
