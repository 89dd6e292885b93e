import type { ScriptedConversation } from '../../src/testing/index.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import type { Scenario } from './scenario.ts';

const bash = (command: string) => ({ tools: [{ name: 'bash', input: { command } }] });
const isFirst = (c: ScriptedConversation): boolean => c.results.length === 0;

/** Branches that come together: one goes in, one is out, and a conflict goes back to its author. */
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
      {
        name: 'works',
        when: (c) => c.prompt.includes('Run: ') && isFirst(c),
        answer: (c) => bash(/Run: (.*)/.exec(c.prompt)![1]!),
      },
      { name: 'done', when: () => true, answer: () => ({ text: 'done' }) },
    ],
    children: ['merge/train'],
  },
];
