import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { script as foremanScript } from '../../../examples/foreman-worker/script.ts';
import type { Run } from '../../../src/client/index.ts';
import type { WorkerStore } from '../../../src/store/open-store.ts';
import type { Rule } from '../../../src/testing/index.ts';
import { checkGraph } from '../crash/graph-run.ts';
import { graphScript, graphText } from '../crash/graph.ts';

/** Where a run is begun. */
export interface Begin {
  runId: string;
  /** Folder of the project: workflow files, agents. */
  project: string;
  /** The run's own folder in it. */
  workspace: string;
  /** Address of the model, which serves pages too. */
  modelUrl: string;
}

/** A kind of run, with what must come of it. */
export interface Shape {
  name: string;
  /** Whether people are asked on the way, who answer at once. */
  asks: boolean;
  /** Writes what the run needs. @returns the workflow file, and what else `gaffer run` is told */
  write(begin: Begin): { file: string; args?: string[] };
  /** What the model answers that run. */
  rules(runId: string): Rule[];
  /** Checks the run's result and files. */
  check(run: Run, begin: Begin, store: WorkerStore): Promise<void>;
}

/** Words that Temporal's database must not hold: of prompts, instructions, answers, commands and tool results. */
export const secretWords = [
  ...['Name the parts of', 'Fill the board of issues', 'You are a careful programmer', 'Plan the secret of'],
  ...['the plan is confidential', 'echo shipped', 'touch made-a', 'issues closed', 'w1 is at work'],
] as const;

const example = fileURLToPath(new URL('../../../examples/foreman-worker/', import.meta.url));

/** A graph with `for_each`, conditions, approvals and something to undo. */
const graph = (mode: 'child' | 'inline'): Shape => ({
  name: `graph-${mode}`,
  asks: true,
  write: ({ runId, project }) => writeWorkflow(project, runId, graphText(runId, mode)),
  rules: (runId) => graphScript(runId).rules,
  check: (run, { workspace }, store) => checkGraph({ store }, run, workspace),
});

/** The shipped crew of a foreman and three workers. */
const crew: Shape = {
  name: 'crew',
  asks: false,
  write({ workspace, modelUrl }) {
    cpSync(join(example, 'project'), workspace, { recursive: true });
    return { file: join(example, 'workflow.yaml'), args: ['--input', `page=${modelUrl}/pages/reset-links`] };
  },
  rules: () => [...foremanScript.rules],
  async check(run, { workspace }) {
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 8, totalTasks: 8 } });
    // A failing test of the repaired project makes the command fail.
    await promisify(execFile)(process.execPath, ['--test'], { cwd: workspace });
  },
};

/** One that waits for a person for as long as it takes. */
const wait: Shape = {
  name: 'wait',
  asks: false,
  write: ({ runId, project }) =>
    writeWorkflow(
      project,
      runId,
      `
tasks:
  - { id: plan, prompt: Plan the secret of ${runId}. }
  - { id: go, depends_on: [plan], prompt: Go on with ${runId}., approval: before }
  - { id: end, depends_on: [go], prompt: End ${runId}. }
`,
    ),
  rules: (runId) => [
    {
      name: 'wait',
      when: ({ prompt }) => prompt.includes(runId),
      answer: () => ({ text: 'the plan is confidential' }),
    },
  ],
  async check(run) {
    expect(await run.result()).toMatchObject({ status: 'succeeded', summary: { successfulTasks: 3 } });
  },
};

/** One that fails and takes back what it did. */
const undo: Shape = {
  name: 'undo',
  asks: false,
  write: ({ runId, project }) =>
    writeWorkflow(
      project,
      runId,
      `
on_failure: compensate
tasks:
  - { id: a, prompt: Make a of ${runId}., compensate: { bash: "rm made-a && echo a >> undone" } }
  - { id: b, depends_on: [a], prompt: Make b of ${runId}., compensate: { bash: "rm made-b && echo b >> undone" } }
  - { id: c, depends_on: [b], prompt: Break ${runId}. }
`,
    ),
  rules: (runId) => [
    {
      name: 'breaks',
      when: ({ prompt }) => prompt === `Break ${runId}.`,
      answer: () => ({ fault: { kind: 'refusal' } }),
    },
    {
      name: 'makes',
      when: ({ prompt }) => prompt.includes(runId),
      answer: ({ prompt, results }) => {
        if (results.some(({ isError }) => !isError)) return { text: 'made' };
        return { tools: [{ name: 'bash', input: { command: `touch made-${prompt[5]}` } }] };
      },
    },
  ],
  async check(run, { workspace }) {
    const { status, compensations } = await run.result();
    expect(status).toBe('failed');
    expect(compensations.map((one) => `${one.taskId} ${one.status}`)).toEqual(['b succeeded', 'a succeeded']);
    expect(readFileSync(join(workspace, 'undone'), 'utf8')).toBe('b\na\n');
    for (const name of ['made-a', 'made-b']) expect(existsSync(join(workspace, name))).toBe(false);
  },
};

/** All of them. */
export const shapes: readonly Shape[] = [graph('child'), graph('inline'), crew, wait, undo];

/** What the crew reads. */
export const pages = foremanScript.pages;

function writeWorkflow(project: string, runId: string, text: string): { file: string } {
  const file = join(project, `${runId}.yaml`);
  writeFileSync(file, `name: ${runId}\ndefault_profile: worker\n${text}`);
  return { file };
}
