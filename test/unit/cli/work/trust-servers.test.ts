import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { thingAt } from '../../../../src/cli/trust/grant-trust.ts';
import { tempFolder } from '../../../support/base/temp-folder.ts';

it.each([
  ['{ "mcpServers": { "notes": { "comand": "x" } } }', 'needs a "command" or a "url"'],
  ['{ "mcpServers": { "notes": ', 'declares no server of tools: '],
  ['{ "mcpServer": {} }', 'there is no object "mcpServers"'],
  ['{ "mcpServers": {} }', 'declares no server of tools.'],
])('a file of servers that declares none is nothing to trust: %s', (text, why) => {
  const cwd = tempFolder();
  writeFileSync(join(cwd, '.mcp.json'), text);
  expect(() => thingAt(cwd, '.mcp.json')).toThrow(why);
});

it('nor is the file of an agent whose servers are not understood', () => {
  const cwd = tempFolder();
  mkdirSync(join(cwd, 'agents'));
  const text = '---\nmodel: haiku\nmcpServers:\n  - notes: { comand: x }\n---\nYou work.\n';
  writeFileSync(join(cwd, 'agents/a.md'), text);
  expect(() => thingAt(cwd, 'agents/a.md')).toThrow(/declares no server of tools: .*needs a "command"/);
});
