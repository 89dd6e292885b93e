import { expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { startStack } from '../../src/dev/stack.ts';
import { readState } from '../../src/dev/stack-state.ts';
import { until } from '../support/base/until.ts';
import { later, plainEnv, temporaryFolder, temporaryHome } from '../support/dev/home.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const everyMs = 2000;

it('ORCH-018 scheduling: what a server was killed at, and what it missed, is fired once after the restart', async () => {
  const home = temporaryHome();
  const workspace = temporaryFolder();
  const open = async () => {
    const stack = await startStack({ home, env: plainEnv, say: () => undefined });
    later(() => stack.stop());
    const { temporal, databaseUrl } = stack;
    const runs = await connect({ temporal: temporal.target, databaseUrl, cwd: workspace, env: {} });
    later(() => runs.close());
    return runs;
  };
  const before = await open();
  // Nobody works: every run that it starts is still there to be counted.
  const { next } = await before.schedules.add({
    ...{ name: 'tick', cron: `@every ${everyMs / 1000}s`, overlap: 'allow' },
    plan: { ...yamlPlan('tasks: [{ id: a, prompt: x }]'), workspace },
  });
  const [, first, missed] = next.map((time) => Date.parse(time)) as [number, number, number];
  await until('it is time', () => Date.now() >= first);
  process.kill(readState(home).temporal!.pid, 'SIGKILL');
  await until('the next time is over', () => Date.now() > missed);

  const after = await open();
  const { schedules } = after;
  const firings = async () => (await schedules.find('tick')).recent.map(({ run }) => run).toReversed();
  const idAt = (time: number): string => `tick-${new Date(time).toISOString().replace('.000Z', 'Z')}`;
  await until('it is made up for', async () => (await firings()).includes(idAt(missed)));
  await schedules.pause('tick');
  const all = await firings();
  expect(all).toContain(idAt(first));
  const start = Date.parse(all[0]!.slice('tick-'.length));
  expect(all).toEqual(all.map((_, at) => idAt(start + at * everyMs)));
  const client = await after.temporalClient();
  const begun = async () => {
    const found: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'orchestrate'" }))
      found.push(workflowId);
    return found.toSorted();
  };
  await until('they are listed', async () => (await begun()).length >= all.length);
  expect(await begun()).toEqual(all);
  expect((await schedules.find('tick')).counts).toEqual({ started: all.length, missed: 0, skipped: 0 });
});
