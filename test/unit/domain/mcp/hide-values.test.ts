import { describe, expect, it } from 'vitest';
import { hideValues } from '../../../../src/domain/mcp/hide-values.ts';
import { serverLines } from '../../../../src/domain/mcp/server-lines.ts';
import { readServers } from '../../../../src/domain/mcp/read-servers.ts';

const http = (key: string) => ({ kind: 'http', url: `https://x.example/\${${key}}`, headers: {} }) as const;

describe('a text about a server', () => {
  it.each([
    ['asked https://x.example/sk-4711', 'sk-4711', 'asked https://x.example/${KEY}'],
    ['asked https://sk-4711.example/', 'SK-4711', 'asked https://${KEY}.example/'],
    ['"Bearer sk-4711 x" is wrong', 'sk-4711\nx', '"Bearer ${KEY} x" is wrong'],
    ['/a%20b%2Fc and a b/c', 'a b/c', '/${KEY} and ${KEY}'],
    ['{"k":"say \\"hi\\""}', 'say "hi"', '{"k":"${KEY}"}'],
    ['KEYS of KEY', 'KEYS', '${KEY} of KEY'],
    ['it is 1', '1', 'it is 1'],
    ['nothing is set', undefined, 'nothing is set'],
  ])('%s: has no value of a variable', (text, KEY, told) => {
    expect(hideValues(text, http('KEY'), { KEY, OTHER: 'nothing' })).toBe(told);
  });
});

describe('what a server is, for who decides about it', () => {
  it.each([
    [{ args: ['--key', '${KEY}'], env: { OTHER: '${OTHER}' } }, 'shows KEY to every account of the machine'],
    [{ command: '${PROGRAM:-node}' }, 'shows PROGRAM to every account of the machine'],
    [{ env: { KEY: '${KEY}' } }, null],
  ])('%j: says which variables a list of processes shows', (more, words) => {
    const { servers } = readServers({ mcpServers: { a: { command: 'x', ...more } } });
    const shown = serverLines(servers.get('a')!).filter((line) => line.includes('every account'));
    expect(shown.length).toBe(words === null ? 0 : 1);
    if (words !== null) expect(shown[0]).toContain(words);
  });
});
