import { sizeText } from '../domain/source/source-bounds.ts';
import { ConfigError, type Environment } from './environment.ts';

/** What a value has to be; `must` says it to people. */
interface Bound {
  fits: (value: string) => boolean;
  must: string;
}

/** From `least` to `most`, both included. */
interface Range {
  least: number;
  most: number;
}

/** Readers of variables by their names: what is not set, or empty, is null. @throws ConfigError, each of them, for what cannot be meant */
export interface Variables {
  text(name: string, bound?: Bound): string | null;
  url(name: string, protocol: RegExp, example: string): string | null;
  flag(name: string): boolean;
  hostPorts(name: string): string[];
  /** How often in a minute. */
  perMinute(name: string): number | null;
  /** A whole number from one to another. */
  count(name: string, bounds: Range): number | null;
  /** A size such as `4MB`, in bytes. */
  size(name: string, bounds: Range): number | null;
  /** A time of 1 s to that many, in ms. */
  seconds(name: string, most: number): number | null;
}

/** Reads variables of an environment. By hand: every command does, and a library for it would take as long to load as all the rest. */
export function variablesOf(environment: Environment): Variables {
  const text: Variables['text'] = (name, bound) => {
    const value = environment[name]?.trim() || null;
    if (value !== null && bound && !bound.fits(value)) throw new ConfigError(name, bound.must);
    return value;
  };
  return {
    text,
    url: (name, protocol, example) =>
      text(name, { fits: (value) => isUrl(value, protocol), must: `must be a URL such as ${example}` }),
    flag(name) {
      const value = environment[name] ?? '';
      if (!['', '0', '1', 'true', 'false'].includes(value)) throw new ConfigError(name, 'must be 1 or 0');
      return value === '1' || value === 'true';
    },
    hostPorts: (name) => {
      const parts = (environment[name] ?? '').split(/[\s,]+/).filter(Boolean);
      const isOne = (part: string): boolean => /^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i.test(part);
      if (!parts.every(isOne)) throw new ConfigError(name, 'must be host:port, several with commas');
      return parts;
    },
    ...numbersOf(text),
  };
}

/** Readers of those that are numbers, by the one of texts. */
function numbersOf(text: Variables['text']): Pick<Variables, 'perMinute' | 'count' | 'size' | 'seconds'> {
  return {
    perMinute(name) {
      const fits = (value: string): boolean => /^[\d_]{1,15}$/.test(value) && toNumber(value) > 0;
      const value = text(name, { fits, must: 'must be a whole number above 0, such as 50' });
      return value === null ? null : toNumber(value);
    },
    count(name, { least, most }) {
      const fits = (value: string): boolean =>
        /^[\d_]{1,15}$/.test(value) && isWithin(toNumber(value), { least, most });
      const value = text(name, { fits, must: `must be a whole number from ${least} to ${most}` });
      return value === null ? null : toNumber(value);
    },
    size(name, { least, most }) {
      const fits = (value: string): boolean => isWithin(toBytes(value), { least, most });
      const must = `must be a size from ${sizeText(least)} to ${sizeText(most)}, such as 4MB`;
      const value = text(name, { fits, must });
      return value === null ? null : toBytes(value);
    },
    seconds(name, most) {
      const fits = (value: string): boolean => /^[1-9]\d{0,3}s$/.test(value) && Number.parseInt(value, 10) <= most;
      const value = text(name, { fits, must: `must be a number of seconds from 1s to ${most}s, such as 90s` });
      return value === null ? null : Number.parseInt(value, 10) * 1000;
    },
  };
}

/** Whether that is an address of that protocol. */
export function isUrl(value: string, protocol: RegExp): boolean {
  return URL.canParse(value) && protocol.test(new URL(value).protocol);
}

function isWithin(number: number, { least, most }: Range): boolean {
  return number >= least && number <= most;
}

/** NaN: it is no size. */
function toBytes(text: string): number {
  const [, digits, unit] = /^(\d{1,9}) ?(KB|MB)$/i.exec(text) ?? [];
  return digits === undefined ? Number.NaN : Number(digits) * (unit!.toUpperCase() === 'KB' ? 1024 : 1024 * 1024);
}

function toNumber(text: string): number {
  return Number(text.replaceAll('_', ''));
}
