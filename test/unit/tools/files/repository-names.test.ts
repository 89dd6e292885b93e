import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFilesystemTool } from '../../../../src/tools/files/filesystem.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { toolCall } from '../../../support/tools/tool-call.ts';

const tool = createFilesystemTool();
const write = async (workspace: string, file: string): Promise<string> => {
  const input = { action: 'write', path: file, content: '../evil\n' };
  return (await tool.run(input, toolCall({ workspace }), new AbortController().signal)).content;
};

describe('what git takes for a repository without its having that name', () => {
  const orders = [
    ['HEAD', 'config', 'objects/x', 'refs/x'],
    ['refs/heads/x', 'config', 'objects/x', 'HEAD'],
    ['config', 'HEAD', 'refs/x', 'Objects/x'],
    ['config', 'HEAD', 'commondir'],
    ['commondir', 'config', 'HEAD'],
  ];
  it.each(orders.flatMap((order) => ['', 'docs/', 'a/b/'].map((top) => ({ order, top }))))(
    'is not made by files: $order in "$top"',
    async ({ order, top }) => {
      const workspace = tempFolder();
      for (const name of order.slice(0, -1)) expect(await write(workspace, top + name)).toContain('Created');
      expect(await write(workspace, top + order.at(-1)!)).toContain('belongs to what git takes for a repository');
      expect(readdirSync(path.join(workspace, top))).not.toContain(order.at(-1)!.split('/')[0]);
    },
  );

  it('is read, and not written', async () => {
    const workspace = tempFolder();
    for (const name of ['objects', 'refs', 'hooks', 'deep'])
      mkdirSync(path.join(workspace, 'x.git', name), { recursive: true });
    writeFileSync(path.join(workspace, 'x.git/HEAD'), 'ref: refs/heads/main\n');
    for (const name of ['config', 'hooks/post-checkout', 'deep/er/file'])
      expect(await write(workspace, `x.git/${name}`)).toContain('belongs to what git takes for a repository ("x.git")');
    expect(await write(workspace, 'x/config')).toContain('Created');
    const input = { action: 'read', path: 'x.git/HEAD' };
    const read = await tool.run(input, toolCall({ workspace }), new AbortController().signal);
    expect(read.content).toContain('refs/heads/main');
  });
});
