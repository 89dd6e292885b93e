import { describe, expect, it } from 'vitest';
import type { ToolRule } from '../../../../src/domain/plan/plan.ts';
import { planDefaults } from '../../../../src/domain/plan/plan.ts';
import { lineOf, readCall } from '../../../../src/domain/tools/canonical-call.ts';
import { canonicalUrl } from '../../../../src/domain/tools/canonical-url.ts';
import { decideToolCall } from '../../../../src/domain/tools/tool-policy.ts';
import { fc } from '../../../support/base/properties.ts';

const rule = (action: ToolRule['action'], tool: string, match: string): ToolRule => ({
  ...{ action, tool, match, agents: [], approval: { ...planDefaults.approval, by: [] } },
});
const web = (policy: ToolRule[], url: string): string =>
  decideToolCall(policy, 'coder', readCall('web', { url }, '/w')).action;
const files = (policy: ToolRule[], action: string, path: string): string =>
  decideToolCall(policy, 'coder', readCall('filesystem', { action, path }, '/w')).action;

describe('a rule about a file', () => {
  it.each([
    ...['secrets/x', './secrets/x', 'secrets//x', 'secrets/./x', './secrets/../secrets/x', 'a/../secrets/x'],
    ...[
      '/w/secrets/x',
      '/w//secrets/x',
      '/w/./secrets/x',
      'secrets\\x',
      '.\\secrets\\x',
      'a\\..\\secrets/x',
      'secrets/x/',
    ],
    ...['secrets/x//', 'a/b/../../secrets/x'],
  ])('means it however the call spells it: %j', (path) => {
    for (const match of [
      'write secrets/*',
      'write secrets/x',
      'write secrets',
      'write secrets/',
      'filesystem write secrets/x',
    ]) {
      expect(files([rule('deny', 'filesystem', match)], 'write', path), match).toBe('deny');
    }
    expect(files([rule('allow', 'filesystem', 'write secrets/*'), rule('deny', '*', '*')], 'write', path)).toBe(
      'allow',
    );
    expect(files([rule('allow', 'filesystem', 'write src/*'), rule('deny', '*', '*')], 'write', path)).toBe('deny');
  });

  it.each(['./secrets/*', 'secrets//*', '/w/secrets/*', 'a/../secrets/*', 'secrets\\*', '**/secrets/*', 'secrets/**'])(
    'means it however the rule spells it: %j',
    (glob) => {
      expect(files([rule('deny', 'filesystem', `write ${glob}`)], 'write', 'secrets/x')).toBe('deny');
      expect(files([rule('deny', 'filesystem', `write ${glob}`)], 'write', 'secret/x')).toBe('allow');
    },
  );

  it.each([
    'src/../other',
    'src\\..\\other',
    '/w/src/../other',
    'srcx',
    'src/../../src/a',
    '/other/src/a',
    '~/src/a',
    '../src/a',
  ])('lets nothing through by a detour: %j', (path) => {
    expect(files([rule('allow', 'filesystem', 'write src/*'), rule('deny', '*', '*')], 'write', path)).toBe('deny');
  });

  it('takes both forms of a letter for one, where it forbids', () => {
    const policy = [rule('deny', 'filesystem', 'read caf\u00e9/*')];
    for (const path of ['caf\u00e9/x', 'cafe\u0301/x']) expect(files(policy, 'read', path)).toBe('deny');
  });

  it('about writing holds for editing, about reading for searching and editing; leave to do the one is none for the other', () => {
    expect(files([rule('deny', 'filesystem', 'write ci/*')], 'edit', 'ci/a')).toBe('deny');
    expect(files([rule('deny', 'filesystem', 'read ci/*')], 'search', 'ci/a')).toBe('deny');
    expect(files([rule('deny', 'filesystem', 'read ci/*')], 'edit', 'ci/a')).toBe('deny');
    expect(files([rule('deny', 'filesystem', 'edit ci/*')], 'write', 'ci/a')).toBe('allow');
    expect(files([rule('allow', 'filesystem', 'write ci/*'), rule('deny', '*', '*')], 'edit', 'ci/a')).toBe('deny');
  });

  it('knows the default path, and case where the file system does not', () => {
    const search = readCall('filesystem', { action: 'search', text: 'x' }, '/w');
    expect([lineOf(search), search.input]).toEqual(['filesystem search .', { action: 'search', text: 'x', path: '.' }]);
    expect(decideToolCall([rule('deny', 'filesystem', 'search')], 'coder', search).action).toBe('deny');
    const upper = readCall('filesystem', { action: 'read', path: 'SECRETS/x' }, '/w');
    const policy = [rule('deny', 'filesystem', 'read secrets/*')];
    expect(decideToolCall(policy, 'coder', upper).action).toBe('allow');
    expect(decideToolCall(policy, 'coder', { ...upper, foldsCase: true }).action).toBe('deny');
  });
});

describe('a rule about an address', () => {
  it.each([
    ...[
      'https://docs.test/a',
      'HTTPS://docs.test/a',
      'https://DOCS.test/a',
      'https://docs.test:443/a',
      'https://docs.test./a',
    ],
    ...[
      'https:\\\\docs.test\\a',
      'https:docs.test/a',
      'https://user:pw@docs.test/a',
      'https://docs.test/x/../a',
      'https://docs.test/%61',
    ],
    ...[
      'https://docs.test/./a#b',
      'https://docs.test/x/%2e%2E/a',
      ' https://docs.test/a',
      'https://do\tcs.test/a',
      'https://\uff44ocs.test/a',
    ],
  ])('means it however the call spells it: %j', (url) => {
    for (const match of [
      'https://docs.test/a',
      'https://docs.test/*',
      'https://docs.test*',
      'https://docs.test:443*',
      'https://docs.test',
      'fetch https://docs.test/*',
      '*://docs.test/*',
    ]) {
      expect(web([rule('deny', 'web', match)], url), match).toBe('deny');
    }
    expect(web([rule('allow', 'web', 'https://docs.test/*'), rule('deny', '*', '*')], url)).toBe('allow');
  });

  it.each(['HTTPS://DOCS.test:443/a', 'https://docs.test./a', 'https://docs.test/%61', 'https://x@docs.test/x/../a#c'])(
    'means it however the rule spells it: %j',
    (match) => {
      expect(web([rule('deny', 'web', match)], 'https://docs.test/a')).toBe('deny');
      expect(web([rule('allow', 'web', match), rule('deny', '*', '*')], 'https://docs.test/a')).toBe('allow');
    },
  );

  it.each([
    ...[
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f000001/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://127.0.0.1./',
    ],
    ...['http://[::ffff:127.0.0.1]/', 'http://[::ffff:7f00:1]/', 'http://\u2460\u2461\u2466.0.0.1/'],
  ])('knows the forms of an IP address: %s', (url) => {
    for (const match of ['http://127.0.0.1*', 'http://2130706433/', 'http://127.0.0.*']) {
      expect(web([rule('deny', 'web', match)], url), match).toBe('deny');
    }
  });

  it('knows names of other scripts in both forms', () => {
    for (const match of ['https://b\u00fccher.test/*', 'https://xn--bcher-kva.test/*', 'https://*.b\u00fccher.test/*'])
      for (const host of ['B\u00fccher.test', 'xn--bcher-kva.test', 'bu\u0308cher.test'])
        expect(web([rule('deny', 'web', match)], `https://${match.includes('*.') ? 'a.' : ''}${host}/`)).toBe('deny');
  });

  it('that forbids a page is not passed by escapes and slashes that a server may read away', () => {
    const policy = [rule('deny', 'web', 'https://docs.test/secret/*')];
    expect(web([rule('deny', 'web', 'https://docs.test/b\u00fccher x/*')], 'https://docs.test/b\u00fccher%20x/a')).toBe(
      'deny',
    );
    for (const end of ['', '?', '?x=1', '#x', '/', '//', '/?x'])
      expect(web([rule('deny', 'web', 'https://docs.test/page')], `https://docs.test/page${end}`), end).toBe('deny');
    for (const page of [
      'x/%2e%2e%2fsecret/a',
      'x/..%5csecret/a',
      'secret%5Ca',
      'secret%2Fa',
      '/secret/a',
      'secret//a',
      '%73ecret/a',
      'x/..//secret/a',
    ])
      expect(web(policy, `https://docs.test/${page}`), page).toBe('deny');
  });

  it.each([
    ...[
      'https://docs.test.evil.test/',
      'https://docs.test@evil.test/',
      'https://evil.test/docs.test/',
      'https://evil.test/https://docs.test/',
    ],
    ...[
      'http://docs.test/',
      'https://evil.test/?.docs.test/',
      'https://evil.test/#docs.test/',
      'https://docs.testing/',
    ],
  ])('lets no other host through: %s', (url) => {
    for (const match of ['https://docs.test*', 'https://docs.test/*', 'https://*.docs.test/*', 'https://docs.test'])
      expect(web([rule('allow', 'web', match), rule('deny', '*', '*')], url), match).toBe('deny');
  });

  it('lets any port through where it ends in a star behind the host, and every host where it names none', () => {
    for (const match of ['https://docs.test*', 'https://*', '*', 'https://docs.test:*/*'])
      expect(web([rule('allow', 'web', match), rule('deny', '*', '*')], 'https://docs.test:8443/a'), match).toBe(
        'allow',
      );
  });
});

describe('canonicalUrl', () => {
  it('changes nothing in what it gave', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        const once = canonicalUrl(url)?.href;
        expect(once === undefined ? undefined : canonicalUrl(once)?.href).toBe(once);
      }),
    );
  });
});

describe('an issue', () => {
  it.each([3, '3', '#3', ' #03 '])('is one number: %j', (id) => {
    for (const match of ['close 3', 'close #3', 'issue close 3']) {
      const call = readCall('issue', { action: 'close', id }, '/w');
      expect(decideToolCall([rule('deny', 'issue', match)], 'coder', call).action).toBe('deny');
    }
  });
});
