import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { inSandbox, runInSandbox as run } from '../../support/tools/sandbox.ts';

// What an agent that works in the folder above can leave in one that is another task's workspace.
function planted(): { workspace: string; secret: string } {
  const secret = path.join(tempFolder(), 'key');
  writeFileSync(secret, 'secret');
  const workspace = tempFolder();
  mkdirSync(path.join(workspace, '.git'));
  return { workspace, secret };
}

describe('A repository that somebody planted in a workspace', () => {
  inSandbox('brings nothing into it that a link leads to', async () => {
    const { workspace, secret } = planted();
    mkdirSync(path.join(workspace, '.git/gaffer'));
    for (const name of ['HEAD', 'packed-refs']) symlinkSync(secret, path.join(workspace, '.git/gaffer', name));
    await run('true', workspace);
    for (const name of ['HEAD', 'packed-refs']) {
      const file = path.join(workspace, '.git', name);
      expect(existsSync(file) ? readFileSync(file, 'utf8') : '').not.toContain('secret');
    }
  });

  inSandbox('holds up no command by a pipe', async () => {
    const { workspace } = planted();
    mkdirSync(path.join(workspace, '.git/gaffer'));
    writeFileSync(path.join(workspace, '.git/HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(path.join(workspace, '.git/config'), '[include]\n\tpath = ../pipe\n');
    writeFileSync(path.join(workspace, '.git/gaffer/HEAD'), 'ref: refs/heads/main\n');
    for (const name of ['pipe', '.git/gaffer/packed-refs', '.git/commondir'])
      execFileSync('mkfifo', [path.join(workspace, name)]);
    expect(await run('echo ran', workspace)).toMatchObject({ content: expect.stringContaining('ran') as string });
  });
});
