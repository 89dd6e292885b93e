import { describe, expect, it } from 'vitest';
import { builtInList, fromWireName, isNamespaced, toWireName } from '../../../src/domain/tool-names.ts';
import { fc } from '../../support/base/properties.ts';

describe('isNamespaced', () => {
  it.each(['acme.greet', 'mcp.github.list_issues', 'a-b.getIssue', 'x.1'])('takes %s', (name) =>
    expect(isNamespaced(name)).toBe(true),
  );

  it.each([
    ...['', '.', 'greet', 'acme.', '.greet', 'a..b', 'acme.gre__et', 'acme._greet', 'acme.greet_', 'a b.c', 'a.b(c)'],
    ...['acme.grüßen', `acme.${'x'.repeat(64)}`, ...builtInList.map(({ name }) => name)],
  ])('does not take "%s"', (name) => expect(isNamespaced(name)).toBe(false));
});

describe('toWireName', () => {
  it('makes a name that providers take, and there is one way back', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9-]{1,8}(_[A-Za-z0-9-]{1,8})?$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 3 }), (parts) => {
        const name = parts.join('.');
        expect(isNamespaced(name)).toBe(true);
        expect(toWireName(name)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(fromWireName(toWireName(name))).toBe(name);
      }),
    );
  });

  it('gives back what a model wrote, whatever that was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{0,12}$/), (word) => {
        expect(toWireName(fromWireName(word))).toBe(word);
      }),
    );
  });
});
