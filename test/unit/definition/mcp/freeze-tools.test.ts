import { expect, it } from 'vitest';
import { freezeTools } from '../../../../src/definition/mcp/freeze-tools.ts';
import type { OfferedTool } from '../../../../src/domain/mcp/mcp-server.ts';
import { outputSchemaProblem } from '../../../../src/models/check-output.ts';
import { agent, plan } from '../../../support/plan/builders.ts';

const offer = (tool: string, input: OfferedTool['input'] = { type: 'object' }): OfferedTool => ({
  ...{ tool, description: tool, input },
});
const many = Array.from({ length: 3000 }, (_, index) => offer(`read_${index}`));

function freeze(tools: string[], offered: OfferedTool[]) {
  const asked = plan({ agents: { a: agent({ name: 'a', tools }) }, mcp: { sources: [] } });
  const how = { hashOf: ({ tool }: OfferedTool) => tool, schemaProblem: outputSchemaProblem };
  const { agents, mcp } = freezeTools(asked, { ...how, offers: new Map([['docs', offered]]) });
  return { tools: agents['a']!.tools, leftOut: mcp!.leftOut };
}

it('tells what a glob means and no model can be given, and nothing where there is nothing to tell', () => {
  const offered = [offer('get'), offer('pick', { type: 'object', oneOf: [] }), offer('text', { type: 'string' })];
  const { tools, leftOut } = freeze(['docs.*'], offered);
  expect(tools).toEqual(['docs.get']);
  expect(leftOut).toEqual([
    'No agent gets docs__pick: its input is a choice (oneOf), which no model can be given',
    'No agent gets docs__text: its input is no object',
  ]);
  expect(freeze(['docs.get'], offered)).toEqual({ tools: ['docs.get'] });
  expect(freeze(['docs.*'], []).leftOut).toEqual([
    'The agent a names docs__*, and there is no tool that it could be given',
  ]);
  const bad = Array.from({ length: 100 }, (_, index) => offer(`x${index}`, { type: 'string' }));
  expect(freeze(['docs.*'], bad).leftOut!.slice(20)).toEqual(['and 81 more']);
});

it('takes the tools that are named of a server with thousands, and no glob that means more than 200', () => {
  expect(freeze(['docs.read_2999', 'docs.read_1*77'], many).tools).toHaveLength(1 + 11);
  expect(() => freeze(['docs.*'], many)).toThrow('has 3000 tools that agents name; a run can have 200 of them');
  expect(() => freeze(['docs.*'], Array<OfferedTool>(10_001).fill(many[0]!))).toThrow('more than 10000 tools');
  const long = many.slice(0, 100).map((tool) => ({ ...tool, description: 'x'.repeat(6000) }));
  expect(() => freeze(['docs.*'], long)).toThrow('more than 500 kB of the tools that agents name');
});

it('says of a server with too many tools nothing but that, and keeps the order of others', () => {
  const how = { hashOf: ({ tool }: OfferedTool) => tool, schemaProblem: outputSchemaProblem };
  const agents = { a: agent({ name: 'a', tools: ['docs.*'] }), b: agent({ name: 'b', tools: ['docs.read_1'] }) };
  const asked = plan({ agents, mcp: { sources: [] } });
  const words = () => freezeTools(asked, { ...how, offers: new Map([['docs', many]]) });
  expect(words).toThrow(/^The server of tools "docs" has 3000 tools[^\n]*$/);
  expect(freeze(['docs.*'], [offer('z'), offer('a'), offer('m')]).tools).toEqual(['docs.z', 'docs.a', 'docs.m']);
});

it('takes the first of two tools of one name, whatever the other is, and tells of it', () => {
  const other = { ...offer('get'), description: 'other' };
  expect(freeze(['docs.*'], [offer('get'), other])).toEqual({
    tools: ['docs.get'],
    leftOut: ['There are two tools docs__get: agents get the first one'],
  });
  expect(freeze(['docs.*'], [offer('get', { type: 'string' }), other]).tools).toEqual([]);
});

it('does not hang on schemas that are made to', () => {
  const bomb: OfferedTool['input'] = { type: 'object', properties: { a: { $ref: '#/$defs/d0' } }, $defs: {} };
  const parts: Record<string, object> = {};
  for (let depth = 0; depth < 60; depth++)
    parts[`d${depth}`] = { anyOf: [{ $ref: `#/$defs/d${depth + 1}` }, { $ref: `#/$defs/d${depth + 1}` }] };
  bomb['$defs'] = { ...parts, d60: { type: 'string' } } as OfferedTool['input'];
  const ring = { type: 'object', properties: { a: { $ref: '#' } } };
  const away = { type: 'object', properties: { a: { $ref: 'http://169.254.169.254/x' } } };
  const missing = { type: 'object', properties: { a: { $ref: '#/nowhere' } } };
  const { tools, leftOut } = freeze(
    ['docs.*'],
    [offer('bomb', bomb), offer('ring', ring), offer('away', away), offer('missing', missing)],
  );
  expect(tools).toEqual(expect.arrayContaining(['docs.ring']));
  expect(leftOut!.join('\n')).toMatch(/docs__away: what it says of its input is no JSON Schema[^]*docs__missing/);
});

it('tells of effects that are said of tools that the server does not have', () => {
  const declared = { docs: { command: 'x', gaffer: { effects: { gett: 'pure', get: 'pure' } } } };
  const sources = [{ file: '/.mcp.json', text: JSON.stringify({ mcpServers: declared }) }];
  const asked = plan({ agents: { a: agent({ name: 'a', tools: ['docs.*'] }) }, mcp: { sources } });
  const how = { hashOf: ({ tool }: OfferedTool) => tool, schemaProblem: outputSchemaProblem };
  const { mcp } = freezeTools(asked, { ...how, offers: new Map([['docs', [offer('get')]]]) });
  expect(mcp!.leftOut).toEqual([
    '"effects" of the server docs names the tool gett, which it does not have: did you mean "get"?',
  ]);
});
