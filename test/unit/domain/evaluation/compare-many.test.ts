import { describe, expect, it } from 'vitest';
import {
  alignTasks,
  pathOf,
  planDifferences,
  type ComparedCell,
} from '../../../../src/domain/evaluation/compare-many.ts';
import { agent, plan, task } from '../../../support/plan/builders.ts';

const cell = (id: string, more: Partial<ComparedCell> = {}): ComparedCell => ({
  ...{ id, status: 'succeeded', agent: 'worker', model: 'm', costUsd: 0, tokens: 0, durationMs: 10, turns: 1 },
  ...{ attempts: 1, score: null, error: null, outputHash: 'same', ...more },
});
const after = (id: string) => [{ task: id, on: 'all_success', from: 'explicit' } as const];

describe('alignTasks', () => {
  it('puts tasks of the same id side by side, and those that differ first, with what differs', () => {
    const one = { plan: plan({ tasks: [task({ id: 'a' }), task({ id: 'b' })] }), tasks: [cell('a'), cell('b')] };
    const other = {
      plan: plan({ tasks: [task({ id: 'a' }), task({ id: 'b', prompt: 'Other.' })] }),
      tasks: [cell('a', { status: 'reused' }), cell('b', { status: 'failed', outputHash: null })],
    };
    const rows = alignTasks([one, other]);
    expect(rows.map(({ task: id, differs }) => [id, differs])).toEqual([
      ['b', ['prompt', 'status', 'output']],
      ['a', []],
    ]);
    expect(rows[0]!.cells.map((each) => each?.status)).toEqual(['succeeded', 'failed']);
  });

  it('knows a renamed task by what it asks, and says which runs have none', () => {
    const prompt = 'Write it.';
    const one = { plan: plan({ tasks: [task({ id: 'old', prompt })] }), tasks: [cell('old')] };
    const other = {
      plan: plan({ tasks: [task({ id: 'new', prompt }), task({ id: 'more' })] }),
      tasks: [cell('new'), cell('more')],
    };
    const rows = alignTasks([one, other]);
    expect(rows.map(({ cells, differs }) => [cells.map((each) => each?.id ?? null), differs])).toEqual([
      [[null, 'more'], ['missing']],
      [['old', 'new'], []],
    ]);
  });

  it('takes four runs of 5,000 tasks in a moment', () => {
    const tasks = Array.from({ length: 5000 }, (_, at) => task({ id: `t${at}` }));
    const run = { plan: plan({ tasks }), tasks: tasks.map(({ id }) => cell(id)) };
    expect(alignTasks([run, run, run, run])).toHaveLength(5000);
  });
});

describe('pathOf', () => {
  it('is the longest way by what tasks took; what was taken over took nothing', () => {
    const tasks = [task({ id: 'a' }), task({ id: 'b' }), task({ id: 'c', dependsOn: after('a') })];
    const cells = [cell('a', { durationMs: 50, status: 'reused' }), cell('b', { durationMs: 30 }), cell('c')];
    expect(pathOf({ plan: plan({ tasks }), tasks: cells })).toEqual({ tasks: ['b'], totalMs: 30 });
  });
});

describe('planDifferences', () => {
  it('names what was set otherwise, and nothing else', () => {
    const one = plan({ inputs: { port: 80 }, agents: { worker: agent() } });
    const other = plan({ inputs: { port: 90 }, agents: { worker: agent({ model: 'other' }) } });
    expect(planDifferences([one, other])).toEqual([
      { what: 'inputs.port', values: ['80', '90'] },
      { what: 'agents.worker.model', values: ['claude-haiku-4-5', 'other'] },
    ]);
  });
});
