import type { Rule, ScriptedConversation } from '../../src/testing/index.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { Run } from '../../src/client/index.ts';
import { reach } from '../support/run/reach.ts';
import type { Scenario } from './scenario.ts';

const bash = (command: string) => ({ tools: [{ name: 'bash', input: { command } }] });
const isFirst = (c: ScriptedConversation): boolean => c.results.length === 0;

// `right` ends when `left` is in, and began before that.
const conflictWaits = `
workspace: { isolate: worktree }
merge: { auto: true, into: main, attempts: 0 }
tasks:
  - { id: left, prompt: 'Run: echo left > same.txt' }
  - { id: right, prompt: 'Run: echo right > same.txt', approval: after }
  - { id: after, prompt: 'Run: echo after >> same.txt', depends_on: [right] }
`;
const works: Rule = {
  name: 'works',
  when: (c) => c.prompt.includes('Run: ') && isFirst(c),
  answer: (c) => bash(/Run: (.*)/.exec(c.prompt)![1]!),
};
const done: Rule = { name: 'done', when: () => true, answer: () => ({ text: 'done' }) };

// Nothing was resolved in between: it is asked again.
async function saysAgainThenLeave(run: Run): Promise<void> {
  await reach(run, 'merge:merged', ({ taskId }) => taskId === 'left');
  await reach(run, 'approval:requested');
  await run.approve({ by: 'ann' });
  await reach(run, 'merge:waiting', ({ taskId }) => taskId === 'after');
  await reach(run, 'blocker:raised', ({ blockerId }) => blockerId === 'conflict/right~1');
  await run.answer({ id: 'conflict/right~1', text: 'again', by: 'ann' });
  await reach(run, 'blocker:raised', ({ blockerId }) => blockerId === 'conflict/right~2');
  await run.answer({ id: 'conflict/right~2', text: 'leave it', by: 'ann' });
}

/** Branches that come together: one goes in, one is out, and a conflict goes back to its author, or waits for a person. */
export const mergeScenarios: Scenario[] = [
  {
    name: 'merged',
    repository: { 'same.txt': 'one\n' },
    plan: yamlPlan(`
workspace: { isolate: worktree }
merge: { auto: true, into: main, gates: ['test ! -e bad.txt'] }
tasks:
  - { id: left, prompt: 'Run: echo left > same.txt' }
  - { id: bad, prompt: 'Run: echo bad > bad.txt', depends_on: [left] }
  - { id: right, prompt: 'Run: echo right > same.txt' }
`),
    rules: [
      {
        name: 'resolves',
        when: (c) => c.prompt.includes('Resolve every conflict') && isFirst(c),
        answer: () => bash("sed -i -E '/^(<{7}|={7}|>{7})/d' same.txt"),
      },
      works,
      done,
    ],
    children: ['merge/train'],
  },
  {
    name: 'conflict-waits',
    repository: { 'same.txt': 'one\n' },
    plan: yamlPlan(conflictWaits),
    rules: [works, done],
    during: saysAgainThenLeave,
    children: ['merge/train'],
  },
  {
    name: 'conflict-waits-moved',
    repository: { 'same.txt': 'one\n' },
    plan: yamlPlan(conflictWaits),
    rules: [works, done],
    moveAfterEvents: 60,
    firsts: [''],
    during: saysAgainThenLeave,
  },
];
