import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DefinitionError, formatDiagnostic } from '../../../src/definition/source/diagnostic.ts';
import { loadPlan } from '../../../src/definition/load-plan.ts';
import { registryOf } from './registry-of.ts';

const folder = fileURLToPath(new URL('./broken/', import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const foreign =
  /\b(?:implicit|compact|scalar|flow (?:map|sequence|collection)|stringKeys|node end|Invalid|Too (?:small|big)|expected string)\b/;

describe('a broken workflow file', () => {
  it('has a corpus of at least 120 cases', () => {
    expect(files.length).toBeGreaterThanOrEqual(120);
  });

  it.each(files)('%s is refused with every error at its line, column and code', (name) => {
    const file = `${folder}${name}`;
    const [first = ''] = readFileSync(file, 'utf8').split('\n');
    // Behind `~` stand words of the message or its hint.
    const expected = first
      .replace('# expect: ', '')
      .split('; ')
      .map((one) => one.split(' ~ '));
    const found = diagnosticsOf(file);
    expect(found.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(
      expected.map(([place]) => place),
    );
    // Sentences of the libraries that read and check are for programmers.
    for (const { message } of found) expect(message).not.toMatch(foreign);
    for (const [index, [, words = '']] of expected.entries()) expect(formatDiagnostic(found[index]!)).toContain(words);
  });

  it.each(files)('%s is shown with a code frame whose caret stands below the column', (name) => {
    for (const { line, column, frame } of diagnosticsOf(`${folder}${name}`)) {
      const lines = frame!.split('\n');
      const marked = lines.findIndex((text) => text.startsWith('>'));
      expect(lines[marked]).toMatch(new RegExp(`^> +${line} \\|`));
      const gutter = lines[marked]!.indexOf('|') + 2;
      expect(lines[marked + 1]!.indexOf('^')).toBeLessThanOrEqual(gutter + 100);
      if (column! <= 80) expect(lines[marked + 1]!.indexOf('^') - gutter + 1).toBe(column);
    }
  });
});

function diagnosticsOf(file: string) {
  try {
    loadPlan({ kind: 'file', file }, { agents: registryOf('coder', 'foreman', 'unpriced'), cwd: folder });
  } catch (error) {
    if (error instanceof DefinitionError) return error.diagnostics;
    throw error;
  }
  throw new Error(`${file} was accepted`);
}
