import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { newWorktrees } from '../support/worktrees/open-task.ts';
import { gitAt, newProject, writeFiles } from '../support/worktrees/project.ts';

it('a start holds a change in the second in which git noted the file, of the same length', async () => {
  const [project, worktrees] = [newProject(), newWorktrees()];
  const second = (name: string): number => Math.floor(statSync(join(project, name)).ctimeMs / 1000);
  do {
    writeFiles(project, { 'src/a.ts': 'a=1\n' });
    gitAt(project, 'add', 'src/a.ts');
    writeFiles(project, { 'src/a.ts': 'a=2\n' });
  } while (second('src/a.ts') !== second('.git/index'));
  // Git's notes count in seconds.
  while (Math.floor(Date.now() / 1000) <= second('.git/index')) await setTimeout(20);
  const { commit } = await worktrees.start(await worktrees.find(project, []), { runId: 'run' });
  expect(gitAt(project, 'show', `${commit}:src/a.ts`)).toBe('a=2');
});
