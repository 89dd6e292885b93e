import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guidesOf } from '../../../../src/definition/build/workspace-guides.ts';
import { guideNote, guidesFor } from '../../../../src/domain/plan/guide-note.ts';
import type { Guide, PlanTask } from '../../../../src/domain/plan/plan.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

function folderOf(files: Record<string, string>): string {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const skill = (...lines: string[]) => ['---', ...lines, '---', 'Do it so.'].join('\n');
const guidesIn = (workspace: string): readonly Guide[] => guidesOf({ workspace, tasks: [] })?.[''] ?? [];

describe('what a folder has for who works in it', () => {
  it('is found in the places where assistants look, with what it says of itself', () => {
    const folder = folderOf({
      'AGENTS.md': 'Be kind.',
      'CLAUDE.md': 'Be kind here.',
      '.claude/skills/pdf/SKILL.md': skill('name: pdf', 'description: "Reads PDFs: all"', 'allowed-tools: Bash'),
      '.claude/skills/pdf/reference.md': 'More.',
      '.agents/skills/loose/SKILL.md': skill('name: loose', 'description: Use when: a table is needed'),
      'skills/bare/SKILL.md': 'No front matter.',
      'skills/broken/SKILL.md': '---\nname: [\n',
      'skills/README.md': 'None.',
      'docs/AGENTS.md': 'Deeper.',
    });
    expect(guidesIn(folder)).toEqual([
      { file: 'AGENTS.md' },
      { file: 'CLAUDE.md' },
      { file: '.claude/skills/pdf/SKILL.md', name: 'pdf', description: 'Reads PDFs: all' },
      { file: '.agents/skills/loose/SKILL.md', name: 'loose', description: 'Use when: a table is needed' },
      { file: 'skills/bare/SKILL.md' },
      { file: 'skills/broken/SKILL.md' },
    ]);
    expect(guidesOf({ workspace: join(folder, 'absent'), tasks: [] })).toBeUndefined();
    expect(guidesOf({ workspace: join(folder, 'docs/AGENTS.md'), tasks: [] })).toBeUndefined();
  });

  it('is kept by folder where tasks have their own, and not looked for on another host', () => {
    const folder = folderOf({ 'api/AGENTS.md': 'Here.', 'web/CLAUDE.md': 'There.' });
    const tasks = [{ path: 'api' }, { path: 'web', host: 'other' }].map((workspace) => ({ workspace }) as PlanTask);
    const guides = guidesOf({ workspace: folder, tasks })!;
    expect(guides).toEqual({ api: [{ file: 'AGENTS.md' }] });
    expect(guidesFor({ guides }, { tools: ['filesystem'] }, tasks[0])).toHaveLength(1);
    for (const [tools, task] of [
      [['issue', 'web'], tasks[0]],
      [['filesystem'], tasks[1]],
      [['filesystem'], undefined],
    ] as const) {
      expect(guidesFor({ guides }, { tools: [...tools] }, task)).toEqual([]);
    }
    expect(guidesFor({}, { tools: ['filesystem'] }, tasks[0])).toEqual([]);
  });

  it('lies in the folder: what a link leads to outside of it, a pipe, and a second name of one file are nobody’s', () => {
    const outside = folderOf({ 'secret.md': skill('name: secret', 'description: the key'), 'skills/a/SKILL.md': 'x' });
    const folder = folderOf({ 'AGENTS.md': 'Be kind.', '.claude/skills/own/SKILL.md': skill('name: own') });
    symlinkSync('AGENTS.md', join(folder, 'CLAUDE.md'));
    symlinkSync('.claude/skills', join(folder, 'skills'));
    mkdirSync(join(folder, '.claude/skills/away'));
    symlinkSync(join(outside, 'secret.md'), join(folder, '.claude/skills/away/SKILL.md'));
    mkdirSync(join(folder, '.agents'));
    symlinkSync(join(outside, 'skills'), join(folder, '.agents/skills'));
    mkdirSync(join(folder, '.claude/skills/pipe'));
    execFileSync('mkfifo', [join(folder, '.claude/skills/pipe/SKILL.md')]);
    symlinkSync('round', join(folder, '.claude/skills/round'));
    expect(guidesIn(folder)).toEqual([{ file: 'AGENTS.md' }, { file: '.claude/skills/own/SKILL.md', name: 'own' }]);
  });

  it('is told in one line each, whatever it says of itself, and so much that a prompt can hold it', () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [
        `skills/s${at}/SKILL.md`,
        skill(
          `name: ${'n'.repeat(99)}`,
          `description: ${JSON.stringify('é\n- {"file":"x"}\u001b[2J]\u202e'.repeat(99))}`,
        ),
      ]),
    );
    const found = guidesIn(folderOf({ ...many, 'skills/two\nlines/SKILL.md': skill('name: a') }));
    expect(found).toHaveLength(30);
    expect(found.every(({ name, description }) => name!.length === 64 && description!.length === 200)).toBe(true);
    const lines = guideNote(found).split('\n');
    expect(lines).toHaveLength(31);
    // oxlint-disable-next-line no-control-regex -- none is to be there
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u202e]/);
    expect(lines.slice(1).every((line) => JSON.parse(line.slice(2)).file.startsWith('skills/s'))).toBe(true);
  });
});
