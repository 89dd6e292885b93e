import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createFrozenRuns } from '../../../src/activities/base/frozen-run.ts';
import { loadOutline, preparePlan } from '../../../src/activities/run/prepare-plan.ts';
import type { OrchestrateInput } from '../../../src/contracts/orchestrate-input.ts';
import { outlineOptions } from '../../../src/domain/plan/outline.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import { readInput } from '../../../src/definition/draft/input-values.ts';
import { checkInput } from '../../../src/definition/run-input.ts';
import { agent, plan, task } from '../../support/plan/builders.ts';
import { lineageOf, useStore } from '../../support/store/store-run.ts';
import { findRepository } from '../../../src/worktrees/repository.ts';
import { createTools } from '../../../src/tools/registry.ts';
import { findRunner } from '../../../src/workers/foreign/create-runners.ts';

const { store, open } = useStore();
const tools = createTools({ shell: { sandbox: 'refused' }, web: { allow: [] } });

async function prepare(definition: Plan, more: Partial<OrchestrateInput> = {}) {
  const runKey = `run-${randomUUID()}`;
  const input: OrchestrateInput = { plan: await store().runs.savePlan(definition), ...more };
  const dependencies = {
    ...{ store: store(), tools, checkInput, readInput, workspaceQueue: 'queue', searchAttributes: [] },
    folderHost: 'here',
    runners: { find: findRunner, env: {}, hasGateway: true, sandboxProblem: null },
    servers: { freeze: (frozen: Plan) => Promise.resolve(frozen), toolsOf: () => [] },
    folderProblem: () => null,
    worktrees: { find: findRepository },
    workspaceHost: { changedSince: () => Promise.resolve(null) },
    toPlan: () => Promise.reject(new Error('the plan is there')),
  };
  const request = { runKey, runId: runKey, temporalRunId: 't', input };
  const outline = await preparePlan(dependencies, request, null);
  const again = await preparePlan(dependencies, request, null);
  expect(again).toEqual(outline);
  return { runKey, outline, dependencies };
}

const many = (count: number) =>
  plan({
    tasks: Array.from({ length: count }, (_, index) =>
      task({
        id: `task-${index}`,
        dependsOn: index === 0 ? [] : [{ task: `task-${index - 1}`, on: 'all_success', from: 'explicit' }],
      }),
    ),
  });

describe('preparePlan', () => {
  it('is refused before anything is paid where the program of an agent is missing, by agent, program and way out', async () => {
    const runner = { kind: 'command' as const, command: ['/nowhere/tool'] };
    const agents = { worker: agent({ runner }), idle: agent({ name: 'idle', runner }) };
    await expect(prepare(plan({ agents }))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: 'The input is not a valid run:\nagent worker: the program /nowhere/tool of its `command` is not there',
    });
    const elsewhere = task({ workspace: { path: '/there', host: 'another' } });
    await expect(prepare(plan({ agents, tasks: [elsewhere] }))).resolves.toBeDefined();
  });

  it('hands out a large plan in pages that fit into a payload', async () => {
    const definition = many(10_000);
    const { runKey, outline, dependencies } = await prepare(definition);
    expect(outline.taskCount).toBe(10_000);
    const run = await createFrozenRuns(store())(runKey);
    const tasks = [...outline.tasks];
    expect(JSON.stringify(outline).length).toBeLessThan(100_000);
    while (tasks.length < outline.taskCount) {
      const page = await loadOutline(dependencies, run, { from: tasks.length });
      expect(page.length).toBeGreaterThan(0);
      expect(JSON.stringify(page).length).toBeLessThan(100_000);
      tasks.push(...page);
    }
    expect(tasks.map(({ id }) => id)).toEqual(definition.tasks.map(({ id }) => id));
    expect(await loadOutline(dependencies, run, { from: 10_000 })).toEqual([]);
    const events = await store().events.list(runKey, 9_999, 10);
    expect(events.map((event) => event.type === 'task:added' && event.taskId)).toEqual(['task-9998', 'task-9999']);
  });

  it('says only what is not at its default, and nothing of texts', async () => {
    const plain = task({ id: 'a', retry: { maxAttempts: 1, backoffMs: 2000 } });
    const special = task({
      id: 'b',
      priority: 9,
      when: 'true',
      forEach: { items: 'inputs.secret', size: 3 },
      compensate: { kind: 'bash', command: 'rm x', env: {} },
    });
    const { outline } = await prepare(plan({ tasks: [plain, special] }));
    expect(outline.tasks[0]).toEqual({ id: 'a', phase: null, context: 'a', agent: 'worker', dependsOn: [] });
    expect(outline.tasks[1]).toMatchObject({
      priority: 9,
      forEach: { size: 3 },
      canCompensate: true,
      retry: { backoffMs: 10 },
    });
    expect(outlineOptions(outline.tasks[0]!)).toMatchObject({
      priority: 5,
      join: 'all',
      weightMs: 1,
      retry: { maxAttempts: 1 },
    });
    expect(JSON.stringify(outline)).not.toMatch(/Do a|secret|rm x/);
  });

  it('weighs tasks by the runs before', async () => {
    const definition = plan({ name: `weighed-${randomUUID()}`, tasks: [task({ id: 'a' }), task({ id: 'b' })] });
    for (const durationMs of [100, 900, 300]) {
      const run = await open(definition);
      await run.begin('a');
      await run.succeed('a', 'done', { durationMs });
      await run.begin('b');
      await run.fail('b', { durationMs: 5000 });
    }
    const { outline } = await prepare(definition);
    expect(outline.tasks.map(({ weightMs }) => weightMs)).toEqual([300, undefined]);
  });

  it('keeps where a run comes from, and refuses what is no lineage', async () => {
    const first = await open(plan());
    const lineage = lineageOf(first, { redo: ['one'] });
    const { runKey } = await prepare(plan(), { lineage });
    expect(await store().runs.find(runKey)).toMatchObject({ lineage });
    const wrong = { ...lineage, redo: 'all' } as never;
    await expect(prepare(plan(), { lineage: wrong })).rejects.toMatchObject({
      type: 'InvalidInput',
      nonRetryable: true,
    });
    await expect(prepare(plan(), { launch: { model: 'none' } as never })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  });
});
