import { expect, it } from 'vitest';
import { reuseLines } from '../../../../src/cli/show/reuse-lines.ts';
import { emptyRunState } from '../../../../src/domain/run/run-state.ts';
import { agent, plan, task } from '../../../support/plan/builders.ts';
import pc from 'picocolors';

const crew = plan({
  tasks: [
    task({ id: 'talk' }),
    task({ id: 'review', agent: 'coder' }),
    task({ id: 'kept', agent: 'coder', reuse: 'always' }),
  ],
  agents: { worker: agent(), coder: agent({ name: 'coder', tools: ['bash'] }) },
});
const lineage = { kind: 'reuse' as const, run: 'r', runKey: 'k', from: null, redo: [], only: null };
const planned = (id: string, files?: 'same' | 'changed' | 'unknown') => ({
  id,
  task: id,
  run: 'r',
  from: id,
  ...(files && { files }),
});
const lines = (filesChanged: string | null | undefined, ...reused: ReturnType<typeof planned>[]) =>
  reuseLines(crew, reused, {
    state: emptyRunState,
    lineage: { ...lineage, filesChanged },
    colors: pc.createColors(false),
  });

it('says of what looked at files whether they are as they were, and why it is not taken over', () => {
  expect(lines('a.ts has changed since', planned('talk'), planned('kept', 'changed'))).toEqual([
    '= reused: talk, kept',
    '  of these, looked at files or were approved (a.ts has changed since): kept',
    '  not taken over, as they look at files or are approved (a.ts has changed since); `reuse: always` does: review',
    '● done anew, unless all that they read comes out the same: review',
    '3 tasks: 2 reused, 1 to do',
  ]);
  expect(lines(null, planned('talk'), planned('review', 'same'), planned('kept', 'same'))).toEqual([
    '= reused: talk, review, kept',
    '  of these, looked at files or were approved (nothing of the files has changed since): review, kept',
    '3 tasks: 3 reused, 0 to do',
  ]);
});

it('does not promise a result whose files only the worker can look at', () => {
  const [, looked] = lines(undefined, planned('review', 'unknown'));
  expect(looked).toMatch(/worker looks at the files: where they have changed, .*is done anew\): review$/);
});
