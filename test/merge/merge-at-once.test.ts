import { beforeAll, expect, inject, it, onTestFinished } from 'vitest';
import { gitOf, newRepository } from '../support/coding/merge-repository.ts';
import { gaffer, startGaffer, writeProject } from '../support/command/cli.ts';
import { buildIfStale } from '../support/run/worker-process.ts';
import { createTestDatabase } from '../support/store/database.ts';
import { tempFolder } from '../support/base/temp-folder.ts';

beforeAll(buildIfStale);

const workflow = `
name: apart
default_profile: coder
workspace: { isolate: worktree }
merge: { gates: [test -e new.txt] }
tasks: [{ id: one, prompt: Write it. }]
`;
const script = `export const script = { rules: [{ name: 'writes', when: () => true, answer: ({ turn }) =>
  turn === 0 ? { tools: [{ name: 'filesystem', input: { action: 'write', path: 'new.txt', content: 'new' } }] } : { text: 'done' } }] };\n`;

it('`gaffer merge` of a run waits for another one that is at it, though both would start the same worker', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.close());
  const cwd = newRepository({ 'kept.txt': 'kept\n' }, writeProject(tempFolder(), { 'workflow.yaml': workflow }));
  writeProject(cwd, {
    'workflow.yaml': workflow,
    'script.mjs': script,
    'agents/coder.md': '---\nname: coder\nmodel: claude-haiku-4-5\ntools: [filesystem]\n---\nYou code.\n',
  });
  const state = tempFolder();
  const env = {
    ...{ DATABASE_URL: database.url, TEMPORAL_ADDRESS: inject('temporalAddress'), XDG_STATE_HOME: state },
    GAFFER_HOME: tempFolder(),
  };
  const run = ['run', 'workflow.yaml', '--script', 'script.mjs', '--id', 'merge-at-once', '--json'];
  const ran = await gaffer(run, { cwd, env });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const merges = [1, 2].map(() => startGaffer(['merge', 'merge-at-once', '--json'], { cwd, env }).ended);
  for (const merge of await Promise.all(merges)) {
    expect(merge, merge.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(merge.stdout)).toMatchObject({ outcomes: [{ task: 'one', status: 'merged', reason: null }] });
  }
  expect(gitOf(cwd)('show', 'main:new.txt')).toBe('new');
});
