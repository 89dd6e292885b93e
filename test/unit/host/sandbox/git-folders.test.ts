import { mkdirSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createWorkspaceHost } from '../../../../src/tools/shell/workspace-host.ts';
import { gitFoldersOf } from '../../../../src/host/sandbox/git-folders.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

it('a cover that another command takes away meanwhile is no repository, and no reason to run nothing', async () => {
  const workspace = tempFolder();
  const cover = path.join(workspace, '.git');
  const host = createWorkspaceHost({ sandbox: 'refused' });
  let isOver = false;
  const toggled = (async () => {
    while (!isOver) {
      mkdirSync(cover);
      for (let turns = Math.floor(Math.random() * 4); turns >= 0; turns--) await turn();
      rmdirSync(cover);
      await turn();
    }
  })();
  try {
    for (let round = 0; round < 1000; round++) {
      expect(await gitFoldersOf(workspace)).toEqual({ link: false, folders: [] });
      expect(await host.repositoryOf(workspace)).toBeNull();
    }
  } finally {
    isOver = true;
    await toggled;
  }
});
