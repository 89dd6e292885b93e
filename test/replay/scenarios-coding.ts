import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AgentRunner } from '../../src/domain/coding/agent-runner.ts';
import { userStateDir } from '../../src/host/private-folder.ts';
import type { Run } from '../../src/client/index.ts';
import type { Rule, ScriptedConversation } from '../../src/testing/index.ts';
import { agent } from '../support/plan/builders.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';
import { reach } from '../support/run/reach.ts';
import type { Scenario } from './scenario.ts';

const files = { 'same.txt': 'one\n' };
const bash = (command: string) => ({ tools: [{ name: 'bash', input: { command } }] });
const isFirst = (c: ScriptedConversation): boolean => c.results.length === 0;
const works: Rule = {
  name: 'works',
  when: (c) => c.prompt.includes('Run: ') && isFirst(c),
  answer: (c) => bash(/Run: (.*)/.exec(c.prompt)![1]!),
};
const done: Rule = { name: 'done', when: () => true, answer: () => ({ text: 'done' }) };
const breaks: Rule = {
  name: 'breaks',
  when: (c) => !isFirst(c),
  answer: () => ({ fault: { kind: 'http', status: 400 } }),
};

const asking = readFileSync(fileURLToPath(new URL('asking-agent.mjs', import.meta.url)), 'utf8');
/** Does what its prompt says after `Run: `, and leaves a mark each time. */
const command = ['sh', '-c', `echo x >> marks; sed -n 's/^Run: //p' "$1" | sh -eu`, 'agent', '{prompt_file}'];
/** Waits until the program of a task of that run has begun: no event says so. */
async function hasBegun({ id }: Run): Promise<void> {
  const worktrees = join(userStateDir(), 'worktrees');
  const isThere = () =>
    existsSync(worktrees) &&
    readdirSync(worktrees, { recursive: true }).some(
      (name) => String(name).endsWith('/marks') && String(name).includes(id),
    );
  while (!isThere()) await sleep(20);
}

const byProgram = (runner: AgentRunner) => ({
  agents: [agent({ name: 'worker', tools: ['bash', 'filesystem'], runner })],
});
const program = (text: string) => yamlPlan(text, byProgram({ kind: 'command', command }));
const asks = (text: string) => ({
  repository: { ...files, 'agent.mjs': asking },
  plan: yamlPlan(text, byProgram({ kind: 'acp', command: ['node', 'agent.mjs'] })),
  rules: [],
});

/** Both ways in which a run does its tasks: as workflows of their own, and in its own. */
function bothWays({ children = ['one'], text, ...more }: Omit<Scenario, 'plan' | 'rules'> & Way): Scenario[] {
  const { toPlan, rules = [] } = more;
  const common = { ...more, repository: more.repository ?? files, rules };
  return [
    { ...common, plan: toPlan(text), children },
    { ...common, name: `${more.name}-inline`, plan: toPlan(`limits: { tasks: inline }\n${text}`) },
  ];
}
interface Way {
  text: string;
  toPlan: (text: string) => NonNullable<Scenario['plan']>;
  rules?: Rule[];
}

const apart = 'workspace: { isolate: worktree }\n';

/** Tasks in worktrees, and those that are done by programs of others. */
export const codingScenarios: Scenario[] = [
  ...bothWays({
    name: 'apart',
    text: `${apart}tasks:\n  - { id: one, prompt: 'Run: echo two > same.txt' }\n`,
    toPlan: yamlPlan,
    rules: [works, done],
  }),
  ...bothWays({
    name: 'apart-put-back',
    text: `${apart}tasks:\n  - { id: one, prompt: 'Run: echo two > same.txt', on_failure: restore, retry: { max_attempts: 2, backoff: 10ms } }\n`,
    toPlan: yamlPlan,
    rules: [breaks, works],
    children: ['one', 'one~2'],
  }),
  {
    name: 'apart-goes-on-as-new',
    repository: files,
    plan: yamlPlan(
      `${apart}tasks:\n  - { id: one, prompt: 'Run: echo two > same.txt' }\n  - { id: two, prompt: 'Run: cat same.txt', depends_on: [one] }\n  - { id: three, prompt: 'Run: cat same.txt', depends_on: [two] }\n`,
    ),
    rules: [
      {
        // Slow turns have an activity each, so that a task has a history that is long.
        name: 'slowly',
        when: (c) => c.results.length < 4,
        answer: (c) => ({ ...bash(`echo ${c.results.length} > same.txt`), latencyMs: 1100 }),
      },
      done,
    ],
    moveAfterEvents: 30,
    children: ['one'],
    firsts: ['', 'one'],
  },
  ...bothWays({
    name: 'program',
    text: `tasks:\n  - { id: one, prompt: 'Run: echo two > same.txt', expects_changes: true }\n`,
    toPlan: program,
  }),
  ...bothWays({
    name: 'program-sent-back',
    text: `tasks:\n  - { id: one, prompt: 'Run: echo two > same.txt', checks: ['test "$(wc -l < marks)" = 2'] }\n`,
    toPlan: program,
  }),
  {
    // Between its sessions.
    name: 'program-goes-on-as-new',
    repository: files,
    plan: program(
      `tasks:\n  - { id: one, prompt: 'Run: echo two > same.txt', checks: ['test "$(wc -l < marks)" = 3'] }\n`,
    ),
    rules: [],
    moveAfterEvents: 14,
    children: ['one'],
    firsts: ['one'],
  },
  {
    name: 'program-never-holds',
    repository: files,
    plan: program(`tasks:\n  - { id: one, prompt: 'Run: true', checks: ['false'], on_failure: restore }\n`),
    rules: [],
    children: ['one'],
  },
  ...bothWays({
    name: 'program-cancelled',
    text: `tasks:\n  - { id: one, prompt: 'Run: sleep 60' }\n`,
    toPlan: program,
    during: async (run) => {
      await hasBegun(run);
      await run.cancel();
    },
  }),
  {
    name: 'live-program',
    repository: files,
    plan: program(`tasks:\n  - { id: one, prompt: 'Run: sleep 60' }\n`),
    rules: [],
    until: hasBegun,
    children: ['one'],
  },
  {
    name: 'program-allowed',
    ...asks(
      `policy:\n  - { tool: bash, match: "bash echo*", action: ask }\ntasks:\n  - { id: one, prompt: Write it }\n`,
    ),
    during: async (run) => {
      const { approvalId } = await reach(run, 'approval:requested');
      await run.approve({ id: approvalId, by: 'ann' });
    },
    children: ['one'],
  },
  {
    name: 'live-program-asks',
    ...asks(
      `limits: { tasks: inline }\npolicy:\n  - { tool: bash, match: "bash echo*", action: ask }\ntasks:\n  - { id: one, prompt: Write it }\n`,
    ),
    until: async (run) => void (await reach(run, 'run:waiting')),
  },
  {
    name: 'programs-merged',
    repository: files,
    plan: program(`
merge: { auto: true, into: main, gates: ['test ! -e bad.txt'] }
tasks:
  - { id: left, prompt: 'Run: echo left > same.txt' }
  - { id: bad, prompt: 'Run: echo bad > bad.txt', depends_on: [left] }
`),
    rules: [],
    children: ['left', 'merge/train'],
  },
  {
    name: 'merged-sent-back',
    repository: files,
    plan: yamlPlan(`
${apart}merge: { auto: true, into: main, attempts: 1 }
tasks:
  - { id: left, prompt: 'Run: echo left > same.txt' }
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
    children: ['right-merge-1', 'merge/train'],
  },
];
