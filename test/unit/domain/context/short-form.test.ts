import { describe, expect, it } from 'vitest';
import { fenced, shortJson, shortText } from '../../../../src/domain/context/short-form.ts';
import { fc } from '../../../support/base/properties.ts';

describe('a short form', () => {
  it('of a text is its beginning and its end, and says how much is missing', () => {
    expect(shortText('all of it', 20)).toBe('all of it');
    const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`).join('\n');
    const short = shortText(lines, 200);
    expect(short).toMatch(/^line 0\nline 1\n[^]*\n… \(\d+ characters are left out\) …\nline \d+\n[^]*\nline 99$/);
    expect(short.length).toBeLessThan(260);
  });

  it('of JSON is still JSON where that can be', () => {
    const value = { name: 'x'.repeat(1000), list: Array.from({ length: 100 }, (_, at) => ({ at })), ok: true };
    const short = JSON.parse(shortJson(value, 500)) as { name: string; list: unknown[]; ok: boolean };
    expect(short).toMatchObject({ ok: true, list: expect.arrayContaining([{ at: 0 }]) });
    expect(short.list.at(-1)).toMatch(/^… \d+ more$/);
    expect(shortJson({ a: 1 }, 500)).toBe('{"a":1}');
  });

  it('of JSON cuts long texts before it leaves out any of a list', () => {
    const findings = Array.from({ length: 30 }, (_, at) => ({ place: `src/${at}.ts:1`, what: 'w'.repeat(2000) }));
    const short = JSON.parse(shortJson({ findings }, 6000)) as { findings: typeof findings };
    expect(short.findings.map(({ place }) => place)).toEqual(findings.map(({ place }) => place));
    expect(short.findings[0]!.what).toMatch(/^w{100,}…$/);
  });

  it('is whole text at any place, and nothing in it closes its fence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.integer({ min: 10, max: 200 }), (text, most) => {
        expect(shortText(text, most).isWellFormed()).toBe(true);
        const lines = fenced(text).split('\n');
        expect(text.split('\n')).not.toContain(lines[0]);
        expect(lines.at(-1)).toBe(lines[0]);
      }),
    );
  });
});
