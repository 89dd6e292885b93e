import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { scenarios } from './scenarios.ts';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
});

const folder = fileURLToPath(new URL('histories', import.meta.url));
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));

interface RecordedHistory {
  events: { workflowExecutionStartedEventAttributes?: { workflowId: string } }[];
}

/** Replays histories and says what went wrong with each; null: nothing. */
async function replay(options: ReplayWorkerOptions, wanted: string[]): Promise<Map<string, Error | null>> {
  const histories = wanted.map((name) => {
    const history = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as RecordedHistory;
    const { workflowId } = history.events[0]!.workflowExecutionStartedEventAttributes!;
    return { workflowId, history };
  });
  const errors = new Map<string, Error | null>();
  // One after the other, as they are given: two executions of a workflow have one id.
  for await (const { error } of Worker.runReplayHistories(options, histories)) {
    errors.set(wanted[errors.size]!, error ?? null);
  }
  return errors;
}

describe('replay of recorded histories', () => {
  let errors: Map<string, Error | null>;
  beforeAll(async () => {
    errors = await replay({ workflowBundle: { codePath: inject('workflowBundle') } }, names);
  });

  it.each(names)("today's workflow code takes the same steps as in %s", (name) => {
    expect(errors.get(name)).toBeNull();
  });

  it('has a history of every scenario', () => {
    const expected = scenarios.flatMap(({ name, children = [], beside = [], firsts = [] }) => [
      name,
      ...beside,
      ...children.map((child) => `${name}.${child.replace(/[~/]/g, '-')}`),
      ...firsts.map((first) => `${first === '' ? name : `${name}.${first}`}.first`),
    ]);
    expect(names.toSorted()).toEqual(expect.arrayContaining(expected.toSorted()));
  });

  it('catches a workflow that takes another step', async () => {
    const workflowsPath = fileURLToPath(new URL('changed-workflow.ts', import.meta.url));
    const changed = await replay({ workflowBundle: await bundleWorkflowCode({ workflowsPath }) }, ['two-phases']);
    expect(changed.get('two-phases')).toBeInstanceOf(DeterminismViolationError);
  });
});
