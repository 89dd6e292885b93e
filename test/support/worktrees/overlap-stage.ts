import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Run } from '../../../src/client/index.ts';
import type { Plan } from '../../../src/domain/plan/plan.ts';
import type { RunEvent } from '../../../src/domain/run/run-events.ts';
import { listStanding } from '../../../src/store/worktrees/worktree-rows.ts';
import type { ScriptedConversation } from '../../../src/testing/index.ts';
import { tempFolder } from '../base/temp-folder.ts';
import { until } from '../base/until.ts';
import { yamlPlan } from '../plan/yaml-plan.ts';
import { openRunEnv, type RunEnv } from '../run/run-env.ts';
import { useStateHome } from './state-home.ts';

// A prompt is a list of commands, one a line. What an agent is told later it answers with a command of its own, once; when it is told, is of no
// matter to the others.
const steps = (prompt: string): string[] => prompt.split('\n').flatMap((line) => /^Run: (.*)$/.exec(line)?.[1] ?? []);
const nextStep = ({ messages }: ScriptedConversation): string | undefined => {
  const blocks = messages.flatMap(({ content }) => content);
  const first = blocks.find((block) => block.type === 'text');
  const begun = blocks.flatMap((block) => (block.type === 'tool_use' ? [block.input['command']] : []));
  return steps(first?.text ?? '').find((step) => !begun.includes(step));
};
const bash = (command: string) => ({ tools: [{ name: 'bash', input: { command } }] });
const saysAll = (c: ScriptedConversation): string => JSON.stringify(c);
const rules = [
  {
    name: 'fails',
    when: (c: ScriptedConversation) => saysAll(c).includes('Then fail.') && nextStep(c) === undefined,
    answer: () => ({ fault: { kind: 'refusal' } }) as const,
  },
  {
    name: 'keeps all',
    when: ({ messages }: ScriptedConversation) => {
      const timesOf = (word: string): number => JSON.stringify(messages).split(word).length - 1;
      return timesOf('src/many.ts') > 0 && timesOf('take all markers out') > timesOf('sed -i');
    },
    answer: () => bash("sed -i -E '/^[<=>|]{7}/d' src/many.ts"),
  },
  {
    name: 'resolves',
    when: (c: ScriptedConversation) =>
      saysAll(c).includes('take all markers out') && !/grep -q|leaves it|many\.ts/.test(saysAll(c)),
    answer: () => bash("grep -q '<<<<<<<' src/a.ts && echo was-$(echo marked); printf 'left\\nright\\n' > src/a.ts"),
  },
  {
    name: 'takes over',
    when: (c: ScriptedConversation) =>
      saysAll(c).includes('hands its work over to you') && !/taken over|Then fail\./.test(saysAll(c)),
    answer: () => bash("printf 'left\\nright\\n' > src/a.ts; echo taken over"),
  },
  {
    name: 'works',
    when: (c: ScriptedConversation) => nextStep(c) !== undefined,
    answer: (c: ScriptedConversation) => bash(nextStep(c)!),
  },
  {
    name: 'tells',
    when: () => true,
    answer: (c: ScriptedConversation) => ({ text: c.results.map(({ content }) => content).join('\n') || 'done' }),
  },
];

/** What tests of `on_overlap` do with two tasks, `left` and `right`, of which the later one stands still for the other. */
interface OverlapStage {
  env: () => RunEnv;
  project: () => string;
  git: (...args: string[]) => string;
  /** All that models were asked since the test began. */
  asked: () => string;
  /** A command that waits for a sign. */
  awaits: (name: string) => string;
  /** Gives the sign that a command of a task waits for. */
  give: (runId: string, taskId: string, name: string) => Promise<void>;
  story: <Type extends RunEvent['type']>(runId: string, type: Type) => Promise<(RunEvent & { type: Type })[]>;
  /**
   * Left has changed the file and is at work until it is told; right changes it when it is told, and depends on nothing. `leftEnds`: the rest of
   * left's prompt; `top`: more keys of the file.
   */
  planWith: (policy: string, more?: { tasks?: 'inline' | 'child'; leftEnds?: string; top?: string }) => Plan;
  /** Waits until left has changed the file and right has begun. */
  untilBoth: (runId: string) => Promise<void>;
  /** Starts a plan, and waits until right stands still. */
  startUntilStanding: (runId: string, plan: Plan) => Promise<Run>;
  /** The same, and lets left go on then. */
  goUntilStanding: (runId: string, plan: Plan) => Promise<Run>;
}

/** Sets the stage up for the tests of a file. */
export function useOverlapStage(): OverlapStage {
  let env: RunEnv;
  let project: string;
  let before = 0;
  useStateHome();

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=a@example.com', '-C', project, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  // Commands see their own worktree alone: a sign is a file there, which git ignores.
  const awaits = (name: string): string => `until [ -e ${name}.sign ]; do sleep 0.05; done`;
  const give = async (runId: string, taskId: string, name: string): Promise<void> => {
    const standing = (await listStanding(env.store.sql, null)).find(
      (each) => each.runId === runId && each.row.taskId === taskId,
    );
    writeFileSync(join(standing!.row.workspace, `${name}.sign`), '');
  };
  const story = async <Type extends RunEvent['type']>(runId: string, type: Type) =>
    (await env.story(runId)).filter((event): event is RunEvent & { type: Type } => event.type === type);

  beforeAll(async () => {
    env = await openRunEnv({ script: { rules } });
  });
  afterAll(async () => {
    await env.close();
  });
  beforeEach(() => {
    before = env.model.requests.length;
    project = join(tempFolder(), 'project');
    mkdirSync(join(project, 'src'), { recursive: true });
    git('init', '-q', '-b', 'main');
    writeFileSync(join(project, 'src', 'a.ts'), 'a\n');
    writeFileSync(join(project, '.gitignore'), '*.sign\n');
    git('add', '-A');
    git('commit', '-qm', 'one');
  });

  const planWith: OverlapStage['planWith'] = (policy, { tasks = 'inline', leftEnds = 'Run: true', top = '' } = {}) => ({
    ...yamlPlan(`
${top}
limits: { tasks: ${tasks} }
workspace: { isolate: worktree, on_overlap: ${policy} }
tasks:
  - id: left
    prompt: |
      Run: echo left > src/a.ts
      Run: ${awaits('go')}
      ${leftEnds}
  - id: right
    prompt: |
      Run: ${awaits('begun')}; echo right > src/a.ts; echo own > src/b.ts
      Run: cat src/a.ts
  - { id: after, depends_on: [right], prompt: 'Run: cat src/a.ts src/b.ts' }
`),
    workspace: project,
  });

  const untilBoth = async (runId: string): Promise<void> => {
    const isOpen = async () => (await story(runId, 'worktree:created')).some(({ taskId }) => taskId === 'right');
    const isKept = async () => (await story(runId, 'snapshot:saved')).some(({ taskId }) => taskId === 'left');
    await until('left has changed the file', async () => (await isOpen()) && (await isKept()));
  };
  const startUntilStanding = async (runId: string, plan: Plan): Promise<Run> => {
    const run = await env.start(plan, { runId });
    await untilBoth(runId);
    await give(runId, 'right', 'begun');
    await until('right stands still', async () => (await story(runId, 'task:waiting')).length > 0);
    return run;
  };
  const goUntilStanding = async (runId: string, plan: Plan): Promise<Run> => {
    const run = await startUntilStanding(runId, plan);
    await give(runId, 'left', 'go');
    return run;
  };
  return {
    ...{ git, awaits, give, story, planWith, untilBoth, startUntilStanding, goUntilStanding },
    env: () => env,
    project: () => project,
    asked: () => JSON.stringify(env.model.requests.slice(before)),
  };
}
