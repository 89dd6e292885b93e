import { describe, expect, it } from 'vitest';
import { safeJson, safeLine, safeText } from '../../../src/domain/safe-text.ts';
import { fc } from '../../support/base/properties.ts';

const ESC = '\x1b';
const BEL = '\x07';
const ST = `${ESC}\\`;

/** What terminals have been attacked with: each must come out with nothing that a terminal obeys. */
const attacks: [string, string][] = [
  ['red', `${ESC}[31mtext`],
  ['256 colours', `${ESC}[38;5;196mtext`],
  ['true colour', `${ESC}[38;2;1;2;3mtext`],
  ['hidden text', `${ESC}[8mtext`],
  ['blink', `${ESC}[5mtext`],
  ['reset', `${ESC}[0m`],
  ['clear screen', `${ESC}[2J`],
  ['clear scrollback', `${ESC}[3J`],
  ['clear line', `${ESC}[2K`],
  ['cursor home', `${ESC}[H`],
  ['cursor up', `${ESC}[5A`],
  ['cursor down', `${ESC}[5B`],
  ['cursor to', `${ESC}[10;10H`],
  ['cursor column', `${ESC}[1G`],
  ['save cursor', `${ESC}7`],
  ['restore cursor', `${ESC}8`],
  ['save cursor (CSI)', `${ESC}[s`],
  ['restore cursor (CSI)', `${ESC}[u`],
  ['hide cursor', `${ESC}[?25l`],
  ['alternate screen', `${ESC}[?1049h`],
  ['leave alternate screen', `${ESC}[?1049l`],
  ['mouse on', `${ESC}[?1000h`],
  ['mouse SGR', `${ESC}[?1006h`],
  ['bracketed paste off', `${ESC}[?2004l`],
  ['synchronized output', `${ESC}[?2026h`],
  ['scroll region', `${ESC}[1;5r`],
  ['scroll up', `${ESC}[3S`],
  ['insert lines', `${ESC}[3L`],
  ['delete lines', `${ESC}[3M`],
  ['device attributes', `${ESC}[c`],
  ['cursor report', `${ESC}[6n`],
  ['window title report', `${ESC}[21t`],
  ['resize window', `${ESC}[8;10;10t`],
  ['iconify', `${ESC}[2t`],
  ['full reset', `${ESC}c`],
  ['soft reset', `${ESC}[!p`],
  ['reverse index', `${ESC}M`],
  ['next line', `${ESC}E`],
  ['keypad mode', `${ESC}=`],
  ['charset', `${ESC}(0`],
  ['screen alignment', `${ESC}#8`],
  ['title', `${ESC}]0;owned${BEL}`],
  ['title with ST', `${ESC}]2;owned${ST}`],
  ['clipboard', `${ESC}]52;c;ZXZpbA==${BEL}`],
  ['clipboard read', `${ESC}]52;c;?${BEL}`],
  ['hyperlink', `${ESC}]8;;https://evil.example${ST}safe.example${ESC}]8;;${ST}`],
  ['palette', `${ESC}]4;1;rgb:00/00/00${BEL}`],
  ['palette query', `${ESC}]11;?${BEL}`],
  ['notification', `${ESC}]9;owned${BEL}`],
  ['notification (777)', `${ESC}]777;notify;a;b${BEL}`],
  ['current folder', `${ESC}]7;file:///etc${BEL}`],
  ['iTerm file', `${ESC}]1337;File=inline=1:AAAA${BEL}`],
  ['shell integration', `${ESC}]133;C${BEL}`],
  ['DCS', `${ESC}P+q544e${ST}`],
  ['sixel', `${ESC}Pq#0;2;0;0;0${ST}`],
  ['tmux passthrough', `${ESC}Ptmux;${ESC}${ESC}]52;c;eA==${BEL}${ST}`],
  ['APC (kitty graphics)', `${ESC}_Ga=T;AAAA${ST}`],
  ['PM', `${ESC}^text${ST}`],
  ['SOS', `${ESC}Xtext${ST}`],
  ['8-bit CSI', '\x9b31mtext'],
  ['8-bit OSC', '\x9d0;owned\x9c'],
  ['8-bit DCS', '\x90q\x9c'],
  ['8-bit APC', '\x9fGa=T\x9c'],
  ['8-bit next line', 'a\x85b'],
  ['unfinished CSI', `text${ESC}[`],
  ['unfinished OSC', `text${ESC}]52;c;`],
  ['lone ESC', `text${ESC}`],
  ['nested ESC', `${ESC}${ESC}[31m`],
  ['bell', BEL],
  ['backspaces', 'rm -rf /\b\b\b\b\b\b\b\bls'],
  ['carriage return', 'rm -rf /\rls      '],
  ['form feed', 'a\fb'],
  ['vertical tab', 'a\vb'],
  ['shift out', 'a\x0eb'],
  ['NUL', 'a\0b'],
  ['DEL', 'a\x7fb'],
  ['XON and XOFF', '\x11\x13'],
  ['answerback', '\x05'],
  ['right-to-left override', 'txt.\u202egpj.exe'],
  ['left-to-right embedding', '\u202atext\u202c'],
  ['isolates', '\u2066text\u2069'],
  ['right-to-left mark', 'a\u200fb'],
  ['Arabic letter mark', 'a\u061cb'],
  ['zero width space', 'pay\u200bpal'],
  ['byte order mark', 'a\ufeffb'],
  ['tag characters', 'a\u{e0061}\u{e007f}b'],
  ['line separator', 'a\u2028b'],
  ['paragraph separator', 'a\u2029b'],
  ['lone surrogate', 'a\ud800b'],
];

const dangerous =
  // oxlint-disable-next-line no-control-regex -- exactly these must not be left
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cs}]|[\u{e0000}-\u{e007f}]/u;

describe('safeText', () => {
  it('knows more than 60 attacks', () => {
    expect(attacks.length).toBeGreaterThan(60);
  });

  it.each(attacks)('leaves nothing of "%s" that a terminal obeys', (_name, text) => {
    expect(dangerous.test(text)).toBe(true);
    expect(safeText(text)).not.toMatch(dangerous);
    expect(safeLine(text)).not.toMatch(dangerous);
  });

  it('leaves nothing dangerous of any text, and is stable', () => {
    const anything = fc.string({
      unit: fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
    });
    fc.assert(
      fc.property(anything, (text) => {
        const safe = safeText(text);
        expect(safe).not.toMatch(dangerous);
        expect(safeText(safe)).toBe(safe);
      }),
    );
  });

  it('keeps ordinary text of any script as it is', () => {
    const text = 'Zürich – naïve “quotes” 日本語 עברית العربية 👩‍🚀 e\u0301\n\tindented';
    expect(safeText(text)).toBe(text);
  });

  it('shows what it replaced', () => {
    expect(safeText(`a${ESC}[31mb`)).toBe('a␛[31mb');
  });

  it('takes Windows line ends as line ends', () => {
    expect(safeText('a\r\nb')).toBe('a\nb');
  });
});

describe('safeLine', () => {
  it('is one line', () => {
    expect(safeLine('  a\n\n b\tc \r\n')).toBe('a b c');
  });
});

describe('safeJson', () => {
  it('means the same value, and leaves nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = safeJson(value, 2);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(safeText(text)).toBe(text);
      }),
    );
  });

  it('escapes 8-bit controls, DEL and what reorders text', () => {
    expect(safeJson({ a: '\u009b31m\u007f\u202e\u{e0041}\u2028' })).toBe(
      String.raw`{"a":"\u009b31m\u007f\u202e\udb40\udc41\u2028"}`,
    );
  });
});
