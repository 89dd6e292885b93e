import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadMarkdownAgent } from '../../../src/agents/load-agent-file.ts';
import { builtInList } from '../../../src/domain/tool-names.ts';

describe('the runner of an agent', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaffer-runner-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const load = (matter: string) => {
    const file = join(folder, 'coder.md');
    writeFileSync(file, `---\n${matter}\n---\nYou code.\n`);
    const { agent, diagnostics } = loadMarkdownAgent(file, folder, builtInList)!;
    return { agent, found: diagnostics.map(({ message }) => message) };
  };

  it.each([
    ['runner: claude', { kind: 'claude' }],
    [
      'runner: codex\nhosts: [packages.example.com, "*.example.com"]',
      { kind: 'codex', hosts: ['packages.example.com', '*.example.com'] },
    ],
    ['runner: "acp:gemini --experimental-acp"', { kind: 'acp', command: ['gemini', '--experimental-acp'] }],
    ['runner: acp\ncommand: [my agent, --acp]', { kind: 'acp', command: ['my agent', '--acp'] }],
    [
      `runner: command\ncommand: [aider, --yes, --message, '{prompt}']`,
      { kind: 'command', command: ['aider', '--yes', '--message', '{prompt}'] },
    ],
  ])('is what %j says', (matter, runner) => {
    const { agent, found } = load(matter);
    expect(found).toEqual([]);
    expect(agent).toMatchObject({ runner });
  });

  it('is none where nothing says so, and works where the file says', () => {
    const { agent } = load('isolate: copy');
    expect(agent).toMatchObject({ isolate: 'copy' });
    expect(agent).not.toHaveProperty('runner');
  });

  it.each([
    ['runner: claud', /^there is no runner "claud"/],
    ['runner: [claude]', /must be text/],
    ['runner: command', /needs the command that it runs/],
    ['runner: acp', /needs the program that speaks the protocol/],
    ['runner: claude\ncommand: [claude]', /brings its own command/],
    ['command: [aider]', /has no "runner"/],
    ['hosts: [example.com]', /has no "runner"/],
    ['runner: claude\nhosts: ["http://example.com/x"]', /a host is a name/],
    ['runner: claude\nmodel: auto', /has to name its model/],
    ['runner: claude\nisolate: nowhere', /worktree/],
  ])('says what is wrong with %j', (matter, words) => {
    const { agent, found } = load(matter);
    expect(agent).toBeNull();
    expect(found.join('\n')).toMatch(words);
  });
});
