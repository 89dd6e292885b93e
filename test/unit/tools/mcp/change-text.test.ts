import { expect, it } from 'vitest';
import type { OfferedTool } from '../../../../src/domain/mcp/mcp-server.ts';
import { toModel } from '../../../../src/domain/mcp/model-tool.ts';
import { changeText } from '../../../../src/tools/mcp/change-text.ts';

const tool = (description: string, input: OfferedTool['input'] = { type: 'object' }): OfferedTool => {
  return { tool: 'get', description, input };
};
const told = (old: OfferedTool, now: OfferedTool) => changeText(toModel(old), now);

it('shows what changed wherever it stands, and nothing else', () => {
  const long = 'It reads a page. '.repeat(200);
  const end = told(tool(`${long}It is safe.${long}`), tool(`${long}It sends your keys.${long}`));
  expect(end).toContain('It is safe.');
  expect(end).toContain('It sends your keys.');
  expect(end).not.toContain('Input');
  expect(end.length).toBeLessThan(500);
  const wide = (name: string) => ({ type: 'object', properties: { url: { description: long }, [name]: {} } });
  const input = told(tool('Same.', wide('page')), tool('Same.', wide('password')));
  expect(input).toMatch(/Input when the run began:\n….*page.*\n\nInput now:\n….*password/);
  expect(input).not.toContain('Description');
});

it('says how much does not fit, and where nothing of a change shows', () => {
  const other = told(tool('a'.repeat(5000), { type: 'object', title: 'x' }), tool('b'.repeat(6000)));
  expect(other).toContain('(4600 characters more)');
  expect(other).toContain('Input now:\n{"type":"object"}');
  expect(other.length).toBeLessThan(2000);
  // What a model is not given is no difference that hides another one.
  const hidden = told(tool('Red. ', { type: 'object', $schema: 'x' }), tool('Red.'));
  expect(hidden).toMatch(/Nothing of it shows/);
});
