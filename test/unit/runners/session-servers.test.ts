import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AgentRunner } from '../../../src/domain/coding/agent-runner.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { serversFor } from '../../../src/runners/session-servers.ts';
import { tempFolder } from '../../support/base/temp-folder.ts';
import { agent } from '../../support/plan/builders.ts';

const folder = (): string => {
  const bin = tempFolder();
  writeFileSync(path.join(bin, 'notes-server'), '#!/usr/bin/env node\n');
  chmodSync(path.join(bin, 'notes-server'), 0o755);
  return bin;
};
const given = (declared: JsonObject, { hosts = [] as string[], takesServers = true, bin = folder() } = {}) => {
  const text = JSON.stringify({ mcpServers: { notes: declared, other: { command: 'never' } } });
  const runner: AgentRunner = { kind: 'claude', hosts };
  const who = agent({ tools: ['bash', 'notes.add'], runner });
  return serversFor({ mcp: { sources: [{ file: '/f', text }] } }, who, {
    ...{ runner: { kind: runner.kind, takesServers }, env: { PATH: bin } },
  });
};

describe('servers of tools for a program of others', () => {
  it('are those that its agent has tools of, with a program that the sandbox finds', () => {
    const bin = folder();
    const file = path.join(bin, 'notes-server');
    expect(given({ command: 'notes-server', args: ['--all'], env: { LEVEL: 'high' } }, { bin })).toEqual({
      servers: [{ name: 'notes', command: process.execPath, args: [file, '--all'], env: { LEVEL: 'high' } }],
      reads: [bin, path.dirname(process.execPath)],
    });
    const address = { url: 'https://mcp.example.com/v1', headers: { 'x-kind': 'a' } };
    expect(given(address, { hosts: ['*.example.com'] })).toEqual({
      servers: [{ name: 'notes', url: address.url, headers: address.headers }],
      reads: [],
    });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['variables', { command: 'notes-server', env: { KEY: '${NOTES_KEY}' } }, /it would read NOTES_KEY of the worker/],
    ['headers', { url: 'https://a.example.com', headers: { authorization: 'Bearer ${NOTES_KEY}' } }, /NOTES_KEY/],
    ['a host', { url: 'https://a.example.com/' }, /a\.example\.com is none of the agent's `hosts`/],
    ['the network', { command: 'notes-server', gaffer: { network: true } }, /it wants the network/],
    ['folders', { command: 'notes-server', gaffer: { reads: ['/srv/notes'] } }, /it wants to read \/srv\/notes/],
    ['a program', { command: 'no-such-server' }, /its program no-such-server is not there/],
  ])('are refused with the reason and the way out where they want %s that it may not have', (_, declared, why) => {
    const said = given(declared);
    expect(said).toMatch(why);
    expect(said).toMatch(/^its server notes is not for a program of others: .*leave `runner` out$/);
  });

  it('are refused where the program takes none', () => {
    expect(given({ command: 'notes-server' }, { takesServers: false })).toMatch(/claude takes no servers of tools/);
  });
});
