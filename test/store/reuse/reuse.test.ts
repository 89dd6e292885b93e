import { leftToDo } from '../../../src/client/preview/left-to-do.ts';
import { describe, expect, it } from 'vitest';
import type { BegunTask } from '../../../src/contracts/progress.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { createViewCache, findView } from '../../../src/store/run/conversation.ts';
import { agent, phase, plan, task } from '../../support/plan/builders.ts';
import type { StoreRun } from '../../support/store/store-run.ts';
import { lineageOf, useStore } from '../../support/store/store-run.ts';

const { store, open } = useStore();
const after = (...ids: string[]) =>
  ids.map((id) => ({ task: id, on: 'all_success' as const, from: 'explicit' as const }));
const verdicts = (begun: BegunTask[]) => begun.map(({ id, verdict }) => `${id} ${verdict}`);

/** Does each task of a plan, in order, as far as no earlier run has done it; answers are `answer to PROMPT` or those given. */
async function runAll(run: StoreRun, definition: Plan, answers: Record<string, string> = {}): Promise<string[]> {
  const heads = new Map<string, string | null>();
  const done: string[] = [];
  for (const { id, context } of definition.tasks) {
    const head = heads.get(context) ?? null;
    const begun = await run.begin(id, { head });
    done.push(...verdicts([begun]));
    if (begun.verdict === 'reuse') heads.set(context, begun.head);
    if (begun.verdict === 'start')
      heads.set(context, await run.succeed(id, answers[id] ?? `answer of ${id}`, { head }));
  }
  return done;
}

const chain = (change: { prompt?: string; system?: string } = {}) =>
  plan({
    tasks: [
      task({ id: 'a', prompt: change.prompt ?? 'Do a.' }),
      task({ id: 'b', dependsOn: after('a') }),
      task({ id: 'c', agent: 'other' }),
    ],
    agents: { worker: agent(), other: agent({ name: 'other', system: change.system ?? 'You are other.' }) },
  });

describe('reuse of results', () => {
  it('takes over everything that is unchanged, and pays for nothing', async () => {
    const first = await open(chain());
    await runAll(first, chain());
    const second = await open(chain(), lineageOf(first));
    expect(await runAll(second, chain())).toEqual(['a reuse', 'b reuse', 'c reuse']);
    const rows = await store().runs.tasks(second.runKey);
    expect(rows.map(({ status, summary }) => [status, summary])).toEqual([
      ['reused', 'answer of a'],
      ['reused', 'answer of b'],
      ['reused', 'answer of c'],
    ]);
    const { rows: paid } = await store().sql.query<{ nano: number; tokens: number }>(
      'select sum(cost_nano)::bigint as nano, count(usage) as tokens from messages where run_no = $1',
      [second.frozen.no],
    );
    expect(paid).toEqual([{ nano: 0, tokens: 0 }]);
  });

  it('does anew what changed, and what depends on another output', async () => {
    const first = await open(chain());
    await runAll(first, chain());
    const edited = chain({ prompt: 'Do a better.' });
    const same = await open(edited, lineageOf(first, { kind: 'fork' }));
    expect(await runAll(same, edited)).toEqual(['a start', 'b reuse', 'c reuse']);
    const other = await open(edited, lineageOf(first, { kind: 'fork' }));
    expect(await runAll(other, edited, { a: 'something else' })).toEqual(['a start', 'b start', 'c reuse']);
    const system = chain({ system: 'You are new.' });
    const third = await open(system, lineageOf(first, { kind: 'fork' }));
    expect(await runAll(third, system)).toEqual(['a reuse', 'b reuse', 'c start']);
  });

  it('does not mind another order or other names', async () => {
    const first = await open(chain());
    await runAll(first, chain());
    const base = chain();
    const renamed = { ...base, tasks: [base.tasks[2]!, { ...base.tasks[0]!, id: 'z', context: 'z' }] };
    const second = await open(renamed, lineageOf(first));
    expect(await runAll(second, renamed)).toEqual(['c reuse', 'z reuse']);
    expect((await store().runs.transcript(second.runKey, 'z'))[0]).toMatchObject({
      taskId: 'z',
      usage: null,
      costUsd: 0,
    });
  });

  it('does a failed task anew, and does not take the result of an equal one for it', async () => {
    const twins = plan({ tasks: [task({ id: 'a', prompt: 'Joke.' }), task({ id: 'b', prompt: 'Joke.' })] });
    const first = await open(twins);
    await first.begin('a');
    await first.succeed('a', 'ha');
    await first.begin('b');
    await first.fail('b');
    const second = await open(twins, lineageOf(first));
    expect(await runAll(second, twins)).toEqual(['a reuse', 'b start']);
  });

  it.each([
    ['reuse', undefined, null, 'reuse'],
    ['reuse', undefined, 'src/a.ts', 'start'],
    ['reuse', 'always', 'src/a.ts', 'reuse'],
    ['reuse', 'never', null, 'start'],
    ['retry', undefined, 'src/a.ts', 'reuse'],
    ['retry', 'same-files', 'src/a.ts', 'start'],
    ['retry', 'same-files', null, 'reuse'],
    ['fork', 'same-files', undefined, 'start'],
    // A run that was started before anybody looked.
    ['reuse', undefined, undefined, 'reuse'],
  ] as const)(
    '%s of what looked at files, by rule %s, where %s has changed: %s',
    async (kind, rule, changed, verdict) => {
      const approval = { needed: 1, deadlineMs: null, remindMs: null, escalate: null, onTimeout: 'halt' } as const;
      const asked = { ...approval, by: ['lead'], at: 'before' as const, when: null };
      const definition = plan({
        tasks: [
          task({ id: 'hands', agent: 'coder', ...(rule && { reuse: rule }) }),
          task({ id: 'web', agent: 'reader', ...(rule && { reuse: rule }) }),
          task({ id: 'asked', approval: asked, ...(rule && { reuse: rule }) }),
          task({ id: 'talks' }),
        ],
        agents: {
          worker: agent({ tools: ['issue', 'report_blocker'] }),
          coder: agent({ name: 'coder', tools: ['issue', 'bash'] }),
          reader: agent({ name: 'reader', tools: ['acme.search'] }),
        },
      });
      const first = await open(definition);
      await runAll(first, definition);
      const lineage = lineageOf(first, { kind, ...(changed !== undefined && { filesChanged: changed }) });
      const looked = ['hands', 'web', 'asked'].map((id) => `${id} ${verdict}`);
      const expected = [...looked, 'talks reuse'];
      expect((await store().runs.planReuse(definition, lineage)).map(({ id }) => id)).toEqual(
        expected.filter((each) => each.endsWith('reuse')).map((each) => each.split(' ')[0]),
      );
      expect(await runAll(await open(definition, lineage), definition)).toEqual(expected);
    },
  );

  it('takes over what looked at files from the named run alone, not from those behind it', async () => {
    const definition = plan({ agents: { worker: agent({ tools: ['filesystem'] }) } });
    const first = await open(definition);
    await runAll(first, definition);
    const second = await open(definition, lineageOf(first, { kind: 'retry', filesChanged: null }));
    const third = await open(definition, lineageOf(second, { kind: 'reuse', filesChanged: null }));
    expect(await runAll(third, definition)).toEqual(['one start']);
  });

  it('does not take over a result that other people, or nobody, approved', async () => {
    const approval = { needed: 1, deadlineMs: null, remindMs: null, escalate: null, onTimeout: 'halt' } as const;
    const by = (...roles: string[]) =>
      plan({ tasks: [task({ approval: { ...approval, by: roles, at: 'before', when: null } })] });
    const first = await open(plan());
    await runAll(first, plan());
    expect(await runAll(await open(by('lead'), lineageOf(first)), by('lead'))).toEqual(['one start']);
    const second = await open(by('lead'));
    await runAll(second, by('lead'));
    expect(await runAll(await open(by('owner'), lineageOf(second)), by('owner'))).toEqual(['one start']);
    expect(await runAll(await open(by('lead'), lineageOf(second)), by('lead'))).toEqual(['one reuse']);
  });

  it('obeys redo and only, also of the runs in between', async () => {
    const first = await open(chain());
    await runAll(first, chain());
    const second = await open(chain(), lineageOf(first, { redo: ['c'] }));
    await second.begin('a');
    const third = await open(chain(), lineageOf(second));
    expect(await runAll(third, chain())).toEqual(['a reuse', 'b reuse', 'c start']);
    const forked = await open(chain(), lineageOf(first, { kind: 'fork', only: ['a'] }));
    expect(await runAll(forked, chain())).toEqual(['a reuse', 'b start', 'c start']);
    expect((await store().runs.ancestors(third.runKey)).map(({ runKey }) => runKey)).toEqual([
      second.runKey,
      first.runKey,
    ]);
  });

  it('copies shared conversations once, and outlives the earlier run', async () => {
    const talk = plan({
      tasks: [task({ id: 'a', context: 'talk' }), task({ id: 'b', context: 'talk', dependsOn: after('a') })],
    });
    const first = await open(talk);
    await runAll(first, talk);
    const second = await open(talk, lineageOf(first));
    expect(await runAll(second, talk)).toEqual(['a reuse', 'b reuse']);
    await store().runs.remove(first.runKey);
    const transcript = await store().runs.transcript(second.runKey, 'talk');
    expect(transcript.map(({ message }) => message.content)).toEqual([
      [{ type: 'text', text: 'answer of a' }],
      [{ type: 'text', text: 'answer of b' }],
    ]);
    expect(await findView(store().sql, createViewCache(), transcript[1]!.id)).toHaveLength(2);
    const third = await open(talk, lineageOf(second));
    expect(await runAll(third, talk)).toEqual(['a reuse', 'b reuse']);
  });

  it('takes what went before in a conversation for a part of the question', async () => {
    const talk = (prompt: string) =>
      plan({ tasks: [task({ id: 'a', context: 'talk', prompt }), task({ id: 'b', context: 'talk' })] });
    const first = await open(talk('One.'));
    await runAll(first, talk('One.'));
    const second = await open(talk('Two.'), lineageOf(first));
    expect(await runAll(second, talk('Two.'))).toEqual(['a start', 'b start']);
  });

  it('finds items of a for_each by their value, and takes the phases before for a dependency', async () => {
    const fan = (parts: string[], prompt = 'Plan.') =>
      plan({
        inputs: { parts },
        phases: [phase('P'), phase('B')],
        tasks: [
          task({ id: 'p', phase: 0, prompt }),
          task({
            id: 'w',
            phase: 1,
            afterPhase: 0,
            forEach: { items: 'inputs.parts', size: null },
            template: [{ expression: 'item' }],
          }),
        ],
      });
    const begin = async (run: StoreRun, parts: string[], answer: string): Promise<string[]> => {
      const done = verdicts([await run.begin('p')]);
      if (done[0] === 'p start') await run.succeed('p', answer);
      await run.begin('w');
      for (const index of parts.keys()) {
        const begun = await run.begin(`w[${index}]`);
        done.push(...verdicts([begun]));
        if (begun.verdict === 'start') await run.succeed(`w[${index}]`, `made ${parts[index]}`);
      }
      return done;
    };
    const first = await open(fan(['x', 'y']));
    await begin(first, ['x', 'y'], 'planned');
    const second = await open(fan(['y', 'z', 'x']), lineageOf(first));
    expect(await begin(second, ['y', 'z', 'x'], 'planned')).toEqual([
      'p reuse',
      'w[0] reuse',
      'w[1] start',
      'w[2] reuse',
    ]);
    const third = await open(fan(['x'], 'Plan again.'), lineageOf(first));
    expect(await begin(third, ['x'], 'planned otherwise')).toEqual(['p start', 'w[0] start']);
  });
});

describe('planReuse', () => {
  it('says before the start what would be taken over', async () => {
    const first = await open(chain());
    await runAll(first, chain());
    const ids = async (definition: Plan, more = {}) =>
      (await store().runs.planReuse(definition, lineageOf(first, more))).map(({ id }) => id);
    expect(await ids(chain())).toEqual(['a', 'b', 'c']);
    expect(await ids(chain(), { redo: ['a'] })).toEqual(['c']);
    expect(await ids(chain({ system: 'New.' }))).toEqual(['a', 'b']);
    expect(await ids(chain({ prompt: 'New.' }))).toEqual(['c']);
  });

  it('follows outputs, items and conversations', async () => {
    const schema = { type: 'object' };
    const definition = plan({
      tasks: [
        task({ id: 'list', output: schema, context: 'lead' }),
        task({
          id: 'w',
          forEach: { items: 'tasks.list.output.parts', size: null },
          template: [{ expression: 'item' }],
          dependsOn: after('list'),
        }),
        task({
          id: 'end',
          context: 'lead',
          template: ['Sum up ', { expression: 'tasks.w.output' }],
          dependsOn: after('w'),
        }),
      ],
    });
    const first = await open(definition);
    await first.begin('list');
    const head = await first.succeed('list', '{"parts":["x","y"]}');
    await first.begin('w');
    for (const id of ['w[0]', 'w[1]']) {
      await first.begin(id);
      await first.succeed(id, `made ${id}`);
    }
    await first.begin('end', { head });
    await first.succeed('end', 'fine', { head });
    const planned = await store().runs.planReuse(definition, lineageOf(first));
    expect(planned.map(({ id }) => id)).toEqual(['list', 'w[0]', 'w[1]', 'end']);
    const partly = await store().runs.planReuse(definition, lineageOf(first, { redo: ['w[1]'] }));
    expect(definition.tasks.flatMap(({ id }) => leftToDo(id, partly))).toEqual(['w[1]', 'end']);
    const second = await open(definition, lineageOf(first));
    const begun = await second.begin('list');
    await second.begin('w');
    await second.record({
      begin: [0, 1].map((item) => ({ task: 'w', item, iteration: 1, id: `w[${item}]`, epoch: 0, head: null })),
    });
    expect(await second.begin('end', { head: begun.verdict === 'reuse' ? begun.head : null })).toMatchObject({
      verdict: 'reuse',
      preview: 'fine',
    });
  });
});
