import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { clientOptionsOf } from '../../src/domain/temporal-target.ts';
import { reachTemporal } from '../../src/host/front/reach-temporal.ts';
import { planDefaults } from '../../src/domain/plan/plan.ts';
import { steps } from '../../src/testing/index.ts';
import type { QuickTool } from '../../src/tools/tool.ts';
import { LostWords } from '../../src/workers/watches/lost-words.ts';
import { until } from '../support/base/until.ts';
import { agent, plan, task } from '../support/plan/builders.ts';
import { startMoving } from '../support/run/moving-run.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';

const schema = {
  type: 'object',
  properties: { flag: { type: 'string' } },
  required: ['flag'],
} as unknown as JsonObject;
const flagOf = (input: JsonObject): string => input['flag'] as string;
const flagTool = (name: string, run: QuickTool['run']): QuickTool => ({
  ...{ name, kind: 'quick', definition: { name, description: name, input_schema: schema } },
  ...{
    problemOf: () => null,
    effectOf: () => 'idempotent',
    describe: (input) => `${name} ${flagOf(input)}`,
    run,
  },
});

/** Raises a flag of the run, and waits for one. */
const flags: QuickTool[] = [
  flagTool('test.raise', async (input, call, sql) => {
    const flag = flagOf(input);
    await call.hold(sql, [`flag/${flag}`]);
    await sql.query('insert into flags values ($1, $2) on conflict do nothing', [call.runKey, flag]);
    return { content: 'raised', wakes: [`flag/${flag}`] };
  }),
  {
    ...flagTool('test.await', async (input, call, sql) => {
      const flag = flagOf(input);
      const { until = null } = input;
      await call.hold(sql, [`flag/${flag}`]);
      const found = await sql.query('select 1 from flags where run_key = $1 and flag = $2', [call.runKey, flag]);
      if (found.rows.length > 0) return { content: `${flag} is up` };
      if (typeof until === 'string' && Date.parse(until) <= Date.now()) return { content: `no ${flag}` };
      const waits = { key: `flag/${flag}`, until: until as string | null, what: `flag ${flag}` };
      return { content: '', waits };
    }),
    mayWait: true,
  },
];

const uses = (name: string, ...inputs: JsonObject[]) => ({ tools: inputs.map((input) => ({ name, input })) });
const says = (id: string, ...answers: Parameters<typeof steps>[2]) =>
  steps(id, (c) => c.prompt.startsWith(`Do ${id}.`), answers);

describe.each(['child', 'inline'] as const)('an agent that waits for another one, in tasks that are %s', (tasks) => {
  let env: RunEnv;
  beforeAll(async () => {
    const later = (): string => new Date(Date.now() + 300).toISOString();
    env = await openRunEnv({
      script: {
        rules: [
          says('first', uses('test.await', { flag: 'red' }, { flag: 'blue' }), { text: 'both are up' }),
          says('second', uses('test.raise', { flag: 'red' }), uses('test.raise', { flag: 'blue' }), { text: 'raised' }),
          says('deaf', uses('test.await', { flag: 'grey' }), { text: 'went on' }),
          steps('alone', (c) => c.prompt.startsWith('Do alone.'), [
            uses('test.await', { flag: 'green', until: later() }),
            { text: 'went on' },
          ]),
        ],
      },
      settings: { tools: flags },
    });
    await env.store.sql.query('create table flags (run_key text, flag text, primary key (run_key, flag))');
  });
  afterAll(() => env.close());

  const crew = (ids: string[], maxParallel: number) =>
    plan({
      limits: { ...planDefaults.limits, tasks, maxParallel },
      tasks: ids.map((id) => task({ id, timeoutMs: 20_000 })),
      agents: { worker: agent({ tools: ['test.raise', 'test.await'] }) },
    });
  const resultsOf = async (runId: string, context: string): Promise<string[]> => {
    const run = await env.store.runs.find(runId);
    const entries = await env.store.runs.transcript(run!.runKey, context);
    return entries.flatMap(({ message }) =>
      message.content.flatMap((block) => (block.type === 'tool_result' ? block.content : [])),
    );
  };

  it('hears by the next look of a worker what a step made so that died before it said so', async () => {
    const run = await env.start(crew(['deaf'], 1));
    const waits = async (set: string): Promise<boolean> => {
      const text = `update waits w set ${set} from runs r where r.no = w.run_no and r.run_key = $1`;
      return (await env.store.sql.query(text, [run.runKey])).rowCount === 1;
    };
    await until('it waits', () => waits('called_at = null'));
    await env.store.sql.query('insert into flags values ($1, $2)', [run.runKey, 'grey']);
    await waits(`called_at = now() - interval '2 minutes'`);
    const connection = await Connection.connect(clientOptionsOf(await reachTemporal(env.settings.temporal)));
    try {
      const client = new Client({ connection, namespace: env.settings.temporal.namespace });
      const words = new LostWords({ sql: env.store.sql, client });
      expect([await words.say(), await words.say()]).toEqual([1, 0]);
    } finally {
      await connection.close();
    }
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
    expect(await resultsOf(run.id, 'deaf')).toEqual(['grey is up']);
  });

  it('gives its place away, is woken by what the other one does, and finds it there', async () => {
    const run = await env.start(crew(['first', 'second'], 1));
    const result = await run.result();

    expect(result.status).toBe('succeeded');
    expect(await resultsOf(run.id, 'first')).toEqual(['red is up', 'blue is up']);
    const story = await env.story(run.id);
    const kinds = story.flatMap((event) => ('taskId' in event && event.taskId === 'first' ? event.type : []));
    expect(kinds.filter((type) => type === 'task:waiting')).toHaveLength(2);
    expect(kinds.filter((type) => type === 'task:resumed')).toHaveLength(2);
    expect(story.filter(({ type }) => type === 'run:waiting')).toEqual([]);
    const { rows } = await env.store.sql.query('select 1 from waits');
    expect(rows).toEqual([]);
  });

  it('goes on without when its time is over', async () => {
    const run = await env.start(crew(['alone'], 1));
    const result = await run.result();

    expect(result.tasks['alone']).toMatchObject({ status: 'succeeded', output: 'went on' });
    expect(await resultsOf(run.id, 'alone')).toEqual(['no green']);
  });

  it('is woken although its run went on as new meanwhile', async () => {
    const run = await startMoving(env, crew(['first', 'second'], 1), 25);
    try {
      const result = await run.result();

      expect(result).toMatchObject({ status: 'succeeded' });
      expect(await resultsOf(run.id, 'first')).toEqual(['red is up', 'blue is up']);
      expect(await run.executions()).toBeGreaterThan(1);
    } finally {
      await run.close();
    }
  });
});
