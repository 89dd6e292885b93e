import { describe, expect, it } from 'vitest';
import { builtInList } from '../../../src/domain/tool-names.ts';
import { HeadAndTail, keepHead } from '../../../src/host/output-limit.ts';
import { matchesPattern } from '../../../src/domain/tools/path-pattern.ts';
import { createTools, type ToolSettings } from '../../../src/tools/registry.ts';
import type { Tool } from '../../../src/tools/tool.ts';
import { toLine, toPlainText } from '../../../src/tools/tool-input.ts';
import { fc } from '../../support/base/properties.ts';
import { workClock } from '../../support/base/patience.ts';

const tools = createTools({ shell: { sandbox: 'refused' }, web: { allow: [] } });

describe('createTools', () => {
  it('has every tool under its name, quick where its effect is in the database alone', () => {
    expect([...tools.keys()].sort()).toEqual(builtInList.map(({ name }) => name).sort());
    for (const [name, tool] of tools) {
      expect(tool.name).toBe(name);
      expect(tool.definition.name).toBe(name);
      const isQuick =
        ['issue', 'plan_tasks', 'read_output', 'send_message', 'ask', 'inbox'].includes(name) ||
        name.startsWith('state_');
      expect(tool.kind).toBe(isQuick ? 'quick' : 'slow');
    }
  });

  it('takes more tools, each in a namespace and once', () => {
    const settings: ToolSettings = { shell: { sandbox: 'refused' }, web: { allow: [] } };
    const named = (name: string, told = name): Tool => {
      const web = tools.get('web')!;
      return { ...web, name, definition: { ...web.definition, name: told } };
    };
    expect([...createTools(settings, [named('acme.web')]).keys()]).toEqual([...tools.keys(), 'acme.web']);
    for (const wrong of [named('web'), named('acme'), named('acme.a__b'), named('acme.web', 'web')]) {
      expect(() => createTools(settings, [wrong])).toThrow('both must be NAMESPACE.TOOL');
    }
    expect(() => createTools(settings, [named('acme.web'), named('acme.web')])).toThrow('two tools "acme.web"');
  });

  it('describes inputs as models take them: an object, no union at the top, nothing else allowed', () => {
    for (const { definition } of tools.values()) {
      const { input_schema: schema } = definition;
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
      for (const key of ['anyOf', 'oneOf', 'allOf', '$ref', '$schema']) expect(schema).not.toHaveProperty(key);
    }
  });

  it('says of tasks that are added what their agent knows of this conversation', () => {
    const said = (strategy: 'isolated' | 'shared' | 'hierarchical') =>
      tools.get('plan_tasks')!.definitionFor!({ agents: [], strategy }).description;
    expect(said('isolated')).toContain('it does not see this conversation)');
    expect(said('shared')).toContain('it does not see this conversation, but notes of');
    expect(said('hierarchical')).not.toContain('does not see');
    expect(said('hierarchical')).toContain('goes on from this conversation');
  });

  it('answers bad input to any tool as pure, in one line', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (input) => {
        for (const tool of tools.values()) {
          expect(['pure', 'once', 'idempotent']).toContain(tool.effectOf(input as never));
          expect(tool.describe(input as never)).toMatch(/^[^\n\r]{0,120}$/);
        }
      }),
    );
    for (const tool of tools.values()) expect(tool.effectOf({ nonsense: true })).toBe('pure');
  });

  it.each([
    ['bash', { command: 'ls' }, { cmd: 'ls' }],
    ['filesystem', { action: 'read', path: 'a' }, { action: 'write', path: 'a' }],
    ['issue', { action: 'create', title: 'a' }, { action: 'create' }],
    ['web', { url: 'https://example.org' }, {}],
    ['report_blocker', { what: 'a', needs: 'b' }, { what: 'a' }],
    ['plan_tasks', { tasks: [{ id: 'a', prompt: 'b' }] }, { tasks: [{ id: 'a', undo: 'b' }] }],
  ] as const)('knows before a run which input %s takes', (name, good, bad) => {
    const tool = tools.get(name)!;
    expect(tool.problemOf(good as never)).toBeNull();
    expect(tool.problemOf(bad as never)).toContain('Bad input.');
  });
});

describe('toPlainText', () => {
  it.each([
    ['\u001B[31mred\u001B[0m', 'red'],
    ['\u001B]52;c;aGk=\u0007x', 'x'],
    ['\u001B]8;;http://evil\u001B\\link\u001B]8;;\u001B\\', 'link'],
    ['\u001B]0;title\u0007', ''],
    ['\u009B2Jx', 'x'],
    ['\u001BP1$r\u001B\\x', 'x'],
    ['a\u202Eb\u2066c\u200F', 'abc'],
    ['a\rb\bc\u0000d\ttab\r\nline', 'abcd\ttab\nline'],
    ['\u001B[\u001B[31mx', 'x'],
    ['\uD800x', '\uFFFDx'],
  ])('cleans %j', (text, plain) => {
    expect(toPlainText(text)).toBe(plain);
  });

  it('leaves no control character of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // oxlint-disable-next-line no-control-regex -- that is what must not be there
        expect(toPlainText(text)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
      }),
    );
    expect(toLine('a\nb', undefined, { x: 1 }, 'c'.repeat(200))).toBe(`a b ${'c'.repeat(115)}…`);
  });
});

describe('matchesPattern', () => {
  it.each([
    ['src/a.ts', '*.ts', true],
    ['src/a.ts', 'src/*.ts', true],
    ['src/b/a.ts', 'src/*.ts', false],
    ['src/b/a.ts', 'src/**/*.ts', true],
    ['src/a.ts', 'src/**/*.ts', true],
    ['src/a.ts', '**', true],
    ['a.ts', '**/a.ts', true],
    ['a.ts', './a.??', true],
    ['a+b.(ts)', 'a+b.(ts)', true],
    ['a.ts', 'b*', false],
    ['src', 'src/**', true],
    ['abcabc', '*abc', true],
  ])('%s against %s: %s', (path, pattern, expected) => {
    expect(matchesPattern(path, pattern)).toBe(expected);
  });

  it('is quick on a pattern of nothing but stars', () => {
    const worked = workClock();
    expect(matchesPattern('a'.repeat(4000), `${'*a'.repeat(240)}b`)).toBe(false);
    expect(matchesPattern('a/'.repeat(2000), `${'**/'.repeat(150)}b`)).toBe(false);
    expect(worked()).toBeLessThan(1000);
  });
});

describe('shortening', () => {
  it('keeps to its bytes and never cuts a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 200, maxLength: 600 }),
        fc.integer({ min: 120, max: 400 }),
        (text, max) => {
          const kept = keepHead(text, 'x', max);
          expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(max);
          // The text itself may hold U+FFFD, so look for a cut character where a cut would be seen.
          const head = kept === text ? kept : kept.slice(0, kept.lastIndexOf('\n['));
          expect(text.startsWith(head)).toBe(true);
        },
      ),
    );
  });

  it('keeps both ends of a stream however it arrives', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const stream = new HeadAndTail(100);
        for (const chunk of chunks) stream.add(Buffer.from(chunk.map((byte) => 97 + (byte % 26))));
        const whole = Buffer.concat(
          chunks.map((chunk) => Buffer.from(chunk.map((byte) => 97 + (byte % 26)))),
        ).toString();
        const expected =
          whole.length <= 100
            ? whole
            : `${whole.slice(0, 50)}\n[… ${whole.length - 100} bytes left out …]\n${whole.slice(-50)}`;
        expect(stream.text()).toBe(expected);
      }),
    );
  });
});
