import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/environment.ts';
import { fileToTrust, NotTrustedError, openTrustStore } from '../../../src/config/trust-store.ts';

let cwd: string;
let environment: Record<string, string>;
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'gaffer-dot-env-')));
  environment = { XDG_CONFIG_HOME: join(cwd, 'config') };
});
afterEach(() => rmSync(cwd, { recursive: true }));

const file = (): string => join(cwd, '.env');
const load = () => loadConfig({ cwd, environment });

describe('.env', () => {
  it.each([
    'ANTHROPIC_BASE_URL=http://127.0.0.1:1',
    'DATABASE_URL=postgres://somebody@127.0.0.1/x',
    'TEMPORAL_ADDRESS=127.0.0.1:1',
    'TEMPORAL_PROFILE=theirs',
    'TEMPORAL_CONFIG_FILE=/somewhere',
    'GAFFER_ALLOW_UNSANDBOXED_SHELL=1',
    'GAFFER_WEB_ALLOW=169.254.169.254:80',
    'GAFFER_HOME=theirs',
  ])('does not set %s before somebody trusts it', (line) => {
    writeFileSync(file(), `ANTHROPIC_API_KEY=mine\n${line}\n`);
    const name = line.split('=')[0]!;
    expect(load).toThrow(NotTrustedError);
    expect(load).toThrow(`${file()} sets ${name}:`);
    expect(load).toThrow(`gaffer trust ${file()}`);
    const thing = fileToTrust('env', file(), `ANTHROPIC_API_KEY=mine\n${line}\n`);
    openTrustStore(environment).grant(thing);
    expect(load().environment[name]).toBe(line.split('=')[1]);
  });

  const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
  it.each([
    ['a mark before it', '\ufeffANTHROPIC_API_KEY=mine\n'],
    ['UTF-16', Buffer.from('\ufeffANTHROPIC_API_KEY=mine\r\n', 'utf16le')],
    ['the other UTF-16', utf16be('\ufeffANTHROPIC_API_KEY=mine\r\n')],
    ['spaces', '  ANTHROPIC_API_KEY = mine  \n'],
    ['quotes', 'ANTHROPIC_API_KEY="mine" # not yours\n'],
    ['export', 'export ANTHROPIC_API_KEY=mine\n'],
    ['line ends of old', 'OTHER=x\rANTHROPIC_API_KEY=mine\rMORE=y'],
    ['what others read', 'FOO BAR=1\nBAZ="x\nANTHROPIC_API_KEY=mine\n'],
  ])('is read with %s', (_, content) => {
    writeFileSync(file(), content);
    expect(load().environment['ANTHROPIC_API_KEY']).toBe('mine');
  });

  it.each([
    ['UTF-16 without a mark', Buffer.from('ANTHROPIC_API_KEY=mine\n', 'utf16le'), 'UTF-8'],
    ['another encoding', Buffer.from([0x41, 0x3d, 0xe9, 0x0a]), 'UTF-8'],
    ['a hard space before', '\u00a0ANTHROPIC_API_KEY=mine\n', ':1: ANTHROPIC_API_KEY is not set'],
    ['a tab before "="', 'A=1\nANTHROPIC_API_KEY\t=mine\n', ':2: ANTHROPIC_API_KEY is not set'],
    ['a colon', 'ANTHROPIC_API_KEY: mine\n', 'is not set by this line'],
    ['no sign', 'ANTHROPIC_API_KEY mine\n', 'is not set by this line'],
    ['a quoted name', '"ANTHROPIC_API_KEY"=mine\n', 'is not set by this line'],
    ['a hard space in the value', 'ANTHROPIC_API_KEY=\u00a0mine\n', 'odd spaces'],
    ['other letters', 'ANTHROPIC_API_KEY=mi\u00fcne\n', 'holds what no key does'],
    ['typographic quotes', 'ANTHROPIC_API_KEY=\u201cmine\u201d\n', 'is not closed'],
    ['an open quote', 'ANTHROPIC_API_KEY="mine\nA=1\n', 'is not closed'],
    ['more behind quotes', 'ANTHROPIC_API_KEY="mi" ne\n', 'behind its quotes'],
  ])('is refused with %s, and never half read', (_, content, why) => {
    writeFileSync(file(), content);
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(why);
    expect(load).not.toThrow(/mine/);
  });

  it('is asked about again when it says something else', () => {
    writeFileSync(file(), 'GAFFER_WEB_ALLOW=127.0.0.1:1\n');
    openTrustStore(environment).grant(fileToTrust('env', file(), 'GAFFER_WEB_ALLOW=127.0.0.1:1\n'));
    expect(load().webAllow).toEqual(['127.0.0.1:1']);
    writeFileSync(file(), 'GAFFER_WEB_ALLOW=127.0.0.1:2\n');
    expect(load).toThrow(NotTrustedError);
  });

  it('is none where it is no file, and a pipe is not waited for', () => {
    execFileSync('mkfifo', [file()]);
    expect(load().webAllow).toEqual([]);
  });

  it('is not asked about what the environment says already', () => {
    writeFileSync(file(), 'GAFFER_WEB_ALLOW=127.0.0.1:1\n');
    environment['GAFFER_WEB_ALLOW'] = '127.0.0.1:3';
    expect(load().webAllow).toEqual(['127.0.0.1:3']);
  });

  it.each([
    'NODE_OPTIONS',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'PATH',
    'HOME',
    'XDG_CONFIG_HOME',
    'XDG_CACHE_HOME',
    'PGHOST',
  ])('never sets %s', (name) => {
    writeFileSync(file(), `${name}=/theirs\nANTHROPIC_API_KEY=mine\n`);
    delete environment['XDG_CONFIG_HOME'];
    expect(load().environment).toEqual({ ANTHROPIC_API_KEY: 'mine' });
  });

  it('is not believed at all when everybody may write it', () => {
    writeFileSync(file(), 'ANTHROPIC_API_KEY=theirs\n');
    chmodSync(file(), 0o666);
    expect(load).toThrow(NotTrustedError);
  });

  it.runIf(process.getuid?.() === 0)('is not believed at all when another account made it', () => {
    writeFileSync(file(), 'ANTHROPIC_API_KEY=theirs\n');
    chownSync(file(), 12_345, 12_345);
    expect(load).toThrow(NotTrustedError);
  });
});

describe('the notes of what is trusted', () => {
  it('count for nothing when another account could have made them', () => {
    writeFileSync(file(), 'GAFFER_HOME=x\n');
    openTrustStore(environment).grant(fileToTrust('env', file(), 'GAFFER_HOME=x\n'));
    expect(load().home).toBe('x');
    chmodSync(join(cwd, 'config', 'gaffer', 'trust'), 0o777);
    expect(load).toThrow(NotTrustedError);
    expect(openTrustStore(environment).list()).toEqual([]);
  });
});
