/*
 * A `.env` is read whole or refused: a line that one reader takes and another passes over ends as a wrong key, far from its cause.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigError } from './environment.ts';

/**
 * The text of a `.env`, in UTF-8 or UTF-16 with its mark, line ends as `\n`.
 *
 * @throws ConfigError where it is neither
 */
export function readEnvText(file: string): string {
  const bytes = readFileSync(file);
  const marks = { 'utf-16le': [0xff, 0xfe], 'utf-16be': [0xfe, 0xff] };
  const [encoding = 'utf-8'] =
    Object.entries(marks).find(([, mark]) => mark.every((byte, at) => bytes[at] === byte)) ?? [];
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text.replaceAll(/\r\n?/g, '\n');
  } catch {
    // Said below.
  }
  throw new ConfigError('.env', `${file} is no UTF-8 text: save it as UTF-8`);
}

/**
 * Variables of a `.env`; `isKnown`: those that are used.
 *
 * @throws ConfigError where a line names one that is used in a way that is not understood, with its number and never its value
 */
export function parseEnvText(file: string, text: string, isKnown: (name: string) => boolean): Record<string, string> {
  const values = parseEnv(text) as Record<string, string>;
  const refuse = (name: string, line: number, why: string): never => {
    throw new ConfigError(
      '.env',
      `${file}:${line}: ${name} ${why}: write ${name}=VALUE, in quotes where it holds spaces or "#"`,
    );
  };
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const name = /^[\s\u200b]*(?:export\s+)?["'`\u2018-\u201f]?([A-Za-z_]\w*)/.exec(line)?.[1];
    if (name === undefined || !isKnown(name)) continue;
    if (values[name] === undefined) refuse(name, index + 1, 'is not set by this line');
    if (/=\s*(["'`])(?:(?!\1).)*\1\s*[^\s#]/.test(line)) refuse(name, index + 1, 'has something behind its quotes');
  }
  for (const [name, value] of Object.entries(values).filter(([known]) => isKnown(known))) {
    const line = lines.findIndex((each) => each.includes(name)) + 1;
    if (/^["'`\u2018-\u201f]/.test(value)) refuse(name, line, 'begins with a quote that is not closed');
    if (value !== value.trim() || /[\u200b-\u200f\u2028\u2029\u0085]/.test(value))
      refuse(name, line, 'has odd spaces or characters that cannot be seen');
    if (name.endsWith('_API_KEY') && !/^[\x20-\x7e]*$/.test(value)) refuse(name, line, 'holds what no key does');
  }
  return values;
}
