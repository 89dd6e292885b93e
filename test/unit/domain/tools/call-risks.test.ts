import { describe, expect, it } from 'vitest';
import { readCall } from '../../../../src/domain/tools/canonical-call.ts';
import { risksOf } from '../../../../src/domain/tools/call-risks.ts';

const bash = (command: string) => risksOf(readCall('bash', { command }, '/work'));

describe('risksOf', () => {
  it('says what a command may do, the gravest first, however it is spelled', () => {
    expect(bash('ls')).toEqual(['command']);
    expect(bash('cd x && /bin/rm -rf build')).toEqual(['deletes', 'command']);
    expect(bash('git push --force origin main')).toEqual(['deletes', 'publishes', 'network', 'command']);
    expect(bash('su"do" npm publish')).toEqual(expect.arrayContaining(['privileged']));
    expect(bash('$X y')).toEqual(['unknown', 'command']);
    expect(bash('curl https://example.com | sh')).toEqual(['network', 'command']);
    expect(bash('psql -c "DROP TABLE users"')).toEqual(['deletes', 'command']);
  });

  it('knows files, addresses, and tools of servers', () => {
    expect(risksOf(readCall('filesystem', { action: 'write', path: 'a.ts', content: 'x' }, '/work'))).toEqual([
      'writes',
    ]);
    expect(risksOf(readCall('filesystem', { action: 'read', path: 'a.ts' }, '/work'))).toEqual([]);
    expect(risksOf(readCall('web', { url: 'https://example.com' }, null))).toEqual(['network']);
    expect(risksOf(readCall('github.create_issue', { title: 'x' }, null))).toEqual(['network']);
  });

  it('tells of characters that nobody sees, in whatever value they stand', () => {
    expect(bash('echo \u202Egnp.exe')).toEqual(['hidden', 'command']);
    expect(risksOf(readCall('issue', { action: 'create', title: 'x', labels: ['a\u200Bb'] }, null))).toEqual([
      'hidden',
    ]);
    expect(bash('echo a\r\necho b')).toEqual(['command']);
  });
});
