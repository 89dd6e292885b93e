import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../src/domain/json.ts';
import { expandVariables } from '../../../../src/domain/mcp/expand-variables.ts';
import { readServers } from '../../../../src/domain/mcp/read-servers.ts';
import { toToolName } from '../../../../src/domain/mcp/server-names.ts';
import { isNamespaced } from '../../../../src/domain/tool-names.ts';

describe('a declaration of servers', () => {
  it('is read as coding assistants write it, with what is ours beside', () => {
    const { servers, problems } = readServers({
      mcpServers: {
        a: { command: 'npx', args: ['-y', 'x'], env: { KEY: '${KEY}' } },
        b: { type: 'http', url: 'https://b.example/mcp', headers: { authorization: 'x' } },
        c: {
          command: 'c',
          description: 'passed over',
          gaffer: { network: true, timeout_seconds: 5, effects: { t: 'pure' } },
        },
      },
    });
    expect(problems).toEqual([]);
    expect(servers.get('a')).toMatchObject({
      network: false,
      timeoutMs: 120_000,
      transport: { kind: 'stdio', args: ['-y', 'x'] },
    });
    expect(servers.get('b')!.transport).toEqual({
      kind: 'http',
      url: 'https://b.example/mcp',
      headers: { authorization: 'x' },
    });
    expect(servers.get('c')).toMatchObject({ network: true, timeoutMs: 5000, effects: { t: 'pure' } });
  });

  it.each<[object, boolean]>([
    [{}, true],
    [{ env: { KEY: 'k' } }, false],
    [{ args: ['--key=${KEY}'] }, false],
    [{ gaffer: { network: true } }, false],
    [{ gaffer: { reads: ['/opt/x'] } }, false],
    [{ env: { KEY: 'k' }, gaffer: { network: true, workspace: true } }, true],
    [{ gaffer: { workspace: false } }, false],
  ])('%j: the process finds the workspace: %s', (more, finds) => {
    const { servers } = readServers({ mcpServers: { a: { command: 'x', ...more } } });
    expect(servers.get('a')!.findsWorkspace).toBe(finds);
  });

  const wrong: [JsonValue, string][] = [
    [[], 'there is no object "mcpServers"'],
    [{ mcpServers: { 'a b': { command: 'x' } } }, 'cannot begin the name of a tool'],
    [{ mcpServers: { mcp: { command: 'x' } } }, 'cannot begin the name of a tool'],
    [{ mcpServers: { a__b: { command: 'x' } } }, 'cannot begin the name of a tool'],
    [{ mcpServers: { a: 1 } }, 'it is no object'],
    [{ mcpServers: { a: {} } }, 'it needs a "command" or a "url"'],
    [{ mcpServers: { a: { command: 'x', url: 'y' } } }, 'both'],
    [{ mcpServers: { a: { command: 'x', args: 'y' } } }, '"args" must be a list of texts'],
    [{ mcpServers: { a: { command: 'x', env: { 'B=C': 'y' } } } }, 'a name that no variable can have'],
    [{ mcpServers: { a: { type: 'sse', url: 'y' } } }, 'servers have given up'],
    [{ mcpServers: { a: { command: 'x', gaffer: { netwrok: true } } } }, 'the key "netwrok" is not known'],
    [{ mcpServers: { a: { command: 'x', gaffer: { effects: { t: 'none' } } } } }, '"effects" must say'],
    [{ mcpServers: { a: { command: 'x', gaffer: { timeout_seconds: 0 } } } }, 'must be a number from 1'],
    [{ mcpServers: { a: { command: 'x', gaffer: { workspace: 'yes' } } } }, '"workspace" must be true or false'],
    [{ mcpServers: { a: { command: 'x', gaffer: { reads: ['home'] } } } }, 'by their whole paths'],
  ];
  it.each(wrong)('%j is told, and the server left out', (value, words) => {
    const { servers, problems } = readServers(value);
    expect(servers.size).toBe(0);
    expect(problems.map(({ message }) => message).join()).toContain(words);
  });
});

describe('a reference to a variable', () => {
  const env = { KEY: 'k', EMPTY: '', DATABASE_URL: 'secret', GAFFER_HOME: 'g', PGPASSWORD: 'p' };
  it('is filled in once, with a default where it may be missing', () => {
    expect(expandVariables('Bearer ${KEY} ${NO:-a b} ${EMPTY:-e}$KEY', env)).toBe('Bearer k a b e$KEY');
    expect(expandVariables('${X:-$}{KEY}', env)).toBe('${KEY}');
  });

  it.each(['${NO}', '${EMPTY}', '${DATABASE_URL}', '${GAFFER_HOME:-x}', '${PGPASSWORD}', '${}', '${a b}'])(
    '%s is refused',
    (text) => expect(() => expandVariables(text, env)).toThrow(/not set|own|no variable/),
  );
});

describe('the name of a tool of a server', () => {
  it.each(['list_issues', 'get-sum', 'A1'])('%s stays', (tool) => expect(toToolName('s', tool)).toBe(`s.${tool}`));

  it('that cannot be one is made one, and another for every other name', () => {
    const odd = [
      'a__b',
      'a_b_',
      '_a',
      'a.b',
      'a/b',
      'a b',
      'é',
      '',
      '__',
      'x'.repeat(90),
      `${'x'.repeat(89)}y`,
      '\u001B[2J',
    ];
    const names = odd.map((tool) => toToolName('server', tool));
    expect(names.filter((name) => !isNamespaced(name))).toEqual([]);
    expect(new Set([...names, toToolName('server', 'a_b')]).size).toBe(odd.length + 1);
  });
});
