import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { moveTarget } from '../../../../src/worktrees/merge/target.ts';
import { withTrainRepository } from '../../../../src/worktrees/merge/train-repository.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';
import { gitOf } from '../../../support/coding/merge-repository.ts';
import { fc, runs } from '../../../support/base/properties.ts';

// Names are bytes, a character each.
type Tree = Record<string, `${'file' | 'run' | 'link'} ${string}`>;

const modes = { file: '100644', run: '100755', link: '120000' } as const;
const strange = 'odd "name"\n \xff\xfe.txt';
const ignore: Tree = { '.gitignore': 'file *.log\n' };

const at = (folder: string, name: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);

const quoted = (name: string): string =>
  `"${name.replace(/[^a-zA-Z0-9./]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;

function commitOf(tree: Tree): string {
  const files = Object.entries(tree).map(([name, text]) => {
    const [kind, content] = [text.split(' ')[0] as keyof typeof modes, text.slice(text.indexOf(' ') + 1)];
    return `M ${modes[kind]} inline ${quoted(name)}\ndata ${content.length}\n${content}\n`;
  });
  return `commit refs/heads/main\ncommitter a <a@example.com> 0 +0000\ndata 1\nx\ndeleteall\n${files.join('')}\n`;
}

function treeOf(folder: string, below = ''): Tree {
  const found: Tree = {};
  const entries = readdirSync(at(folder, below), { withFileTypes: true, encoding: 'buffer' });
  for (const entry of entries) {
    const name = `${below}${entry.name.toString('latin1')}`;
    if (name === '.git') continue;
    const file = at(folder, name);
    if (entry.isDirectory()) Object.assign(found, treeOf(folder, `${name}/`));
    else if (entry.isSymbolicLink()) found[name] = `link ${readlinkSync(file)}`;
    else found[name] = `${(lstatSync(file).mode & 0o100) === 0 ? 'file' : 'run'} ${readFileSync(file, 'utf8')}`;
  }
  return found;
}

function start(before: Tree, after: Tree) {
  const folder = tempFolder();
  const git = gitOf(folder);
  git('init', '--quiet', '--initial-branch=main');
  const input = commitOf(before) + commitOf(after);
  execFileSync('git', ['fast-import', '--quiet'], { cwd: folder, input });
  const [to = '', from = ''] = git('rev-list', 'main').split('\n');
  git('reset', '--quiet', '--hard', from);
  const move = () =>
    withTrainRepository(folder, (repository) =>
      moveTarget(repository, { branch: 'main', commit: from, isNew: false }, to),
    );
  return { folder, git, from, to, move };
}

const kinds: Record<string, { before: Tree; after: Tree; stray: string }> = {
  'a file to a folder': { before: { d: 'file d' }, after: { 'd/x': 'file x', 'd/y/z': 'run z' }, stray: 'd' },
  'a folder to a file': {
    before: { 'd/x': 'file x', 'd/y/z': 'file z' },
    after: { d: 'file d' },
    stray: 'd/y/mine.log',
  },
  'a file to a link': { before: { d: 'file d' }, after: { d: 'link elsewhere' }, stray: 'd' },
  'a link to a file': { before: { d: 'link elsewhere' }, after: { d: 'file d' }, stray: 'd' },
  'a link to a folder': { before: { d: 'link kept' }, after: { 'd/x': 'file x' }, stray: 'd' },
  'a folder to a link': { before: { 'd/x': 'file x' }, after: { d: 'link kept' }, stray: 'd/mine.log' },
  'the right to run alone': { before: { d: 'file d' }, after: { d: 'run d' }, stray: 'd' },
  'a file that gets the name of a folder': {
    before: { a: 'file same', 'd/x': 'file x' },
    after: { d: 'file same' },
    stray: 'd/mine',
  },
  'the case of a name': { before: { 'Read.md': 'file r' }, after: { 'read.md': 'file r' }, stray: 'read.md' },
  'a name with spaces, quotes, line ends and bytes that are no text': {
    before: { [strange]: 'file one' },
    after: { [strange]: 'run two', [`${strange}2`]: 'file new' },
    stray: strange,
  },
  'a folder of such a name to a file': {
    before: { [`${strange}/${strange}`]: 'file one' },
    after: { [strange]: 'file two' },
    stray: `${strange}/mine.log`,
  },
};
const kept: Tree = { ...ignore, 'kept/x': 'file kept' };

describe('a checkout whose files become others', () => {
  it.each(Object.keys(kinds))('follows %s, byte for byte, and back', async (what) => {
    const { before, after } = kinds[what]!;
    for (const [one, other] of [
      [before, after],
      [after, before],
    ] as const) {
      const { folder, git, move } = start({ ...kept, ...one }, { ...kept, ...other });
      expect(await move()).toEqual({ kind: 'landed', left: [] });
      expect(treeOf(folder)).toEqual({ ...kept, ...other });
      expect(git('status', '--porcelain')).toBe('');
    }
  });

  it.each(Object.keys(kinds))('stays as it is where something of somebody stands in the way of %s', async (what) => {
    const { before, after, stray } = kinds[what]!;
    const { folder, git, from, move } = start({ ...kept, ...before }, { ...kept, ...after });
    rmSync(at(folder, stray), { force: true });
    writeFileSync(at(folder, stray), 'mine');
    const standing = treeOf(folder);
    expect(await move()).toMatchObject({ kind: 'held' });
    expect(treeOf(folder)).toEqual(standing);
    expect(git('rev-parse', 'main')).toBe(from);
  });

  it('keeps what git ignores in a folder whose last file goes', async () => {
    const { folder, git, move } = start({ ...kept, 'd/x': 'file x' }, kept);
    writeFileSync(at(folder, 'd/mine.log'), 'mine');
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect(treeOf(folder)).toEqual({ ...kept, 'd/mine.log': 'file mine' });
    expect(git('status', '--porcelain')).toBe('');
  });

  it('goes through no link that is to become a folder, though its files stand where it leads', async () => {
    const { folder, git, move } = start({ ...kept, d: 'link kept' }, { ...kept, 'd/x': 'file kept' });
    expect(await move()).toEqual({ kind: 'landed', left: [] });
    expect(treeOf(folder)).toEqual({ ...kept, 'd/x': 'file kept' });
    expect(git('status', '--porcelain')).toBe('');
  });

  it('is held back by files that are staged below a name that is to be a file, and by a staged file on the way to a folder', async () => {
    const below = start({ ...kept, 'd/x': 'file x' }, { ...kept, d: 'file d' });
    const oid = below.git('rev-parse', 'HEAD:d/x');
    below.git('update-index', '--add', '--cacheinfo', `100644,${oid},d/staged`);
    expect(await below.move()).toMatchObject({ kind: 'held' });
    const above = start(kept, { ...kept, 'd/x': 'file x' });
    above.git('update-index', '--add', '--cacheinfo', `100644,${above.git('rev-parse', 'HEAD:kept/x')},d`);
    expect(await above.move()).toMatchObject({ kind: 'held' });
  });

  it('comes to be as its branch from any tree to any other, and goes on where it was left off between', async () => {
    const name = fc.constantFrom('a', 'a/b', 'a/b/c', 'b', 'b/a', strange, `${strange}/a`);
    const text = fc.constantFrom<Tree[string]>('file 1', 'file 2', 'run 1', 'link a', 'link b/a');
    const tree = fc.dictionary(name, text, { maxKeys: 5 }).map((drawn): Tree => {
      // A name is one of a file or of a folder.
      const plain: Tree = {};
      for (const [each, is] of Object.entries(drawn))
        if (!Object.keys(drawn).some((other) => other.startsWith(`${each}/`))) plain[each] = is;
      return { ...plain, ...ignore };
    });
    await fc.assert(
      fc.asyncProperty(tree, tree, fc.boolean(), async (before, after, isLeftOff) => {
        const { folder, git, from, to, move } = start(before, after);
        if (isLeftOff) {
          // As a kill leaves it that came after the files and before the index.
          git('read-tree', '-u', '--reset', to);
          git('read-tree', from);
          git('update-ref', 'refs/heads/main', to, from);
        }
        expect(await move()).toEqual({ kind: 'landed', left: [] });
        expect(treeOf(folder)).toEqual(after);
        expect(git('status', '--porcelain')).toBe('');
      }),
      runs(15),
    );
  });
});
