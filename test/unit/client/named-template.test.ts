import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findSource } from '../../../src/client/start/named-template.ts';
import { listTemplates } from '../../../src/definition/templates/find-template.ts';

const header = 'template: { category: testing, complexity: simple, estimated_duration: 5 }';
const text = (name: string): string => `name: ${name}\n${header}\ntasks: [{ prompt: x, profile: coder }]\n`;

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-templates-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const cwd = folderWith({
  'templates/mine.yaml': text('Of the project'),
  'templates/chart.yaml': 'kind: Deployment\nname: {{ .Values.name }}\n',
  'templates/notes.yaml': 'tasks: [{ prompt: "a text with\\n  template: in it", profile: coder }]\n',
  'mine/README.md': 'A folder of that name.',
  plain: 'tasks: [{ prompt: x, profile: coder }]\n',
  'sole.yaml': text('Beside'),
});
const user = folderWith({
  'mine.yml': text('Of the user'),
  'whole/workflow.yaml': text('A folder'),
  'as-json.json': JSON.stringify({
    template: { category: 'c', complexity: 'simple', estimated_duration: 1 },
    tasks: [],
  }),
  'cut.yaml': 'template: { category: Testing }\n',
  'broken.yaml': 'template: [\n',
});
const folders = [join(cwd, 'templates'), user, join(cwd, 'nowhere')];
const found = (file: string) => findSource({ kind: 'file', file }, cwd, folders);

it('takes a word for a template, the best folder first, and says what else has that name', () => {
  const { source, isTemplate, warnings } = found('mine');
  expect(source).toEqual({ kind: 'file', file: join(cwd, 'templates/mine.yaml') });
  expect(isTemplate).toBe(true);
  expect(warnings.map(({ message }) => message)).toEqual([
    `"mine" is the template ${join(cwd, 'templates/mine.yaml')}, not ${join(user, 'mine.yml')}`,
    `"mine" is the template ${join(cwd, 'templates/mine.yaml')}, not ./mine (name it so)`,
  ]);
  expect(found('whole').source).toEqual({ kind: 'file', file: join(user, 'whole/workflow.yaml') });
  expect(found('as-json').warnings).toEqual([]);
});

it.each(['./mine', 'templates/mine.yaml', 'sole.yaml', '/mine', '../mine', 'plain', '.', '..'])(
  'takes %s for a path',
  (file) => {
    expect(found(file)).toEqual({ source: { kind: 'file', file }, isTemplate: false, warnings: [] });
  },
);

it.each([
  ['mime', /there is no template "mime", and no file of that name here[\s\S]*did you mean "mine"\?/],
  ['chart', /there is no template "chart"/],
  ['notes', /there is no template "notes"/],
])('tells of %s that there is none', (file, message) => {
  expect(() => found(file)).toThrow(message);
});

it('lists each name once, tells what it cannot read, and leaves files of other programs alone', () => {
  const { templates, diagnostics } = listTemplates(folders);
  expect(templates.map(({ entry }) => [entry.id, entry.name])).toEqual([
    ['as-json', 'as-json'],
    ['mine', 'Of the project'],
    ['whole', 'A folder'],
  ]);
  expect(diagnostics.map(({ file }) => file)).toEqual([join(user, 'broken.yaml'), join(user, 'cut.yaml')]);
  expect(templates[1]!.entry).toEqual({
    ...{ id: 'mine', name: 'Of the project', description: '', category: 'testing', tags: [] },
    ...{ estimatedDuration: 5, complexity: 'simple' },
  });
});
