/*
 * A program of one's own that works with runs: it starts the feature graph, follows it, decides what waits for a person, forks it
 * with another prompt, and prints what came out differently. No key is needed: a script stands for the model.
 *
 *     npx tsx examples/own-program/main.ts [FOLDER OF THE FEATURE GRAPH]
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connect, type Run, type RunResult, type Runs } from 'gaffer-crew';

const example = resolve(process.argv[2] ?? 'examples/feature-graph');
const prompt = 'Run `node src/main.js CHANGES.md`, and write VERSION.';

/** Follows a run to its end, and says yes where the owner is asked. */
async function follow(run: Run): Promise<RunResult> {
  for await (const event of run.events()) {
    if (event.type === 'task:complete') console.log(`  ${event.taskId} is done`);
    if (event.type === 'task:reused') console.log(`  ${event.taskId} was done before`);
    if (event.type === 'approval:requested') {
      await run.approve({ id: event.approvalId, by: 'a program', role: 'owner', comment: 'let it out' });
    }
  }
  return run.result();
}

async function compare(runs: Runs): Promise<void> {
  const first = await runs.start({
    file: join(example, 'workflow.yaml'),
    script: join(example, 'script.mjs'),
    workspace: mkdtempSync(join(tmpdir(), 'facts-')),
    limits: { usd: 0.5 },
    // The script's commands are our own. A real model gets no shell without a sandbox.
    allowUnsandboxedShell: true,
  });
  console.log(`${first.id}:`);
  const before = await follow(first);

  const fork = await runs.fork(first.id, {
    from: 'release',
    set: { 'prompt.release': prompt },
    allowUnsandboxedShell: true,
  });
  console.log(`${fork.id}, with another prompt for release:`);
  const after = await follow(fork);

  console.log(`${before.status} for $${before.summary.costUsd}, then ${after.status} for $${after.summary.costUsd}`);
  for (const [id, task] of Object.entries(after.tasks)) {
    const earlier = before.tasks[id]?.output;
    if (task.output !== earlier) console.log(`${id} said\n${earlier}\nand now\n${task.output}`);
  }
}

const runs = await connect({ start: true, say: (line) => console.error(line) });
try {
  await compare(runs);
} finally {
  await runs.close();
}
