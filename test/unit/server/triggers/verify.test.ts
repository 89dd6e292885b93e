import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TriggerScheme } from '../../../../src/domain/hooks/trigger.ts';
import { signedHeaders } from '../../../../src/server/triggers/signature.ts';
import { verifyDelivery } from '../../../../src/server/triggers/verify.ts';

const now = Date.UTC(2026, 10, 30, 12);
const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const text = 'a-secret-of-a-forge';
const body = '{"action":"opened"}';

function verify(
  scheme: TriggerScheme | TriggerScheme['kind'],
  headers: Record<string, string>,
  { secrets = [secret, text], sent = body, at = now }: { secrets?: string[]; sent?: string; at?: number } = {},
) {
  const whole = typeof scheme === 'string' ? ({ kind: scheme } as TriggerScheme) : scheme;
  return verifyDelivery(whole, secrets, { header: (name) => headers[name], body: Buffer.from(sent), at });
}

const standard = (more: { id?: string; at?: number; secrets?: string[] } = {}) =>
  signedHeaders(more.secrets ?? [secret], { id: more.id ?? 'msg_1', at: more.at ?? now, body });
const hexOf = (key: string, sent = body) => createHmac('sha256', key).update(sent).digest('hex');
const github = (more: Record<string, string> = {}) => ({
  ...{ 'x-hub-signature-256': `sha256=${hexOf(text)}`, 'x-github-delivery': 'd-1', 'x-github-event': 'push' },
  ...more,
});

describe('verifyDelivery', () => {
  it('knows the example of the Standard Webhooks specification', () => {
    const sent = '{"test": 2432232314}';
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
    const found = verify('standard', headers, { secrets, sent, at: 1_614_265_330_000 });
    expect(found).toEqual({
      names: ['id:msg_p5jXN8AQM9LWM0D4loKWxJek'],
      key: 'id:msg_p5jXN8AQM9LWM0D4loKWxJek',
      event: null,
    });
  });

  it('takes any of the secrets that hold, and any of the signatures that came', () => {
    const other = `whsec_${randomBytes(32).toString('base64')}`;
    expect(verify('standard', standard({ secrets: [other, secret] }))).not.toBeNull();
    expect(verify('standard', standard(), { secrets: [other, secret] })).not.toBeNull();
    expect(verify('standard', standard(), { secrets: [other] })).toBeNull();
    expect(verify('standard', standard(), { secrets: [] })).toBeNull();
  });

  it.each([
    [0, true],
    [299, true],
    [-299, true],
    [301, false],
    [-301, false],
    [86_400, false],
  ])('with a clock that is %i s off: %s', (seconds, isTaken) => {
    expect(verify('standard', standard({ at: now + seconds * 1000 })) !== null).toBe(isTaken);
  });

  it.each([
    ['another body', { ...standard() }, '{"action":"closed"}'],
    ['another id', { ...standard(), 'webhook-id': 'msg_2' }, body],
    ['another time', { ...standard(), 'webhook-timestamp': String(now / 1000 + 1) }, body],
    ['a dot in the id', standard({ id: 'msg.1' }), body],
    ['no id', { ...standard(), 'webhook-id': '' }, body],
    ['a time that is none', { ...standard(), 'webhook-timestamp': 'NaN' }, body],
    ['no signature', { ...standard(), 'webhook-signature': '' }, body],
    [
      'another version',
      { ...standard(), 'webhook-signature': standard()['webhook-signature']!.replace('v1,', 'v2,') },
      body,
    ],
    ['half a signature', { ...standard(), 'webhook-signature': standard()['webhook-signature']!.slice(0, 20) }, body],
    ['an empty one', { ...standard(), 'webhook-signature': 'v1,' }, body],
  ])('refuses what is signed with %s', (_, headers, sent) => {
    expect(verify('standard', headers, { sent })).toBeNull();
  });

  it('refuses every signature with a bit that is changed', () => {
    const right = Buffer.from(standard()['webhook-signature']!.slice(3), 'base64');
    for (let bit = 0; bit < right.length * 8; bit++) {
      const forged = Buffer.from(right);
      forged[bit >> 3]! ^= 1 << (bit & 7);
      expect(verify('standard', { ...standard(), 'webhook-signature': `v1,${forged.toString('base64')}` })).toBeNull();
      const hub = Buffer.from(hexOf(text), 'hex');
      hub[bit >> 3]! ^= 1 << (bit & 7);
      expect(verify('github', github({ 'x-hub-signature-256': `sha256=${hub.toString('hex')}` }))).toBeNull();
    }
  });

  it('knows a delivery of GitHub by its bytes, as its id is not signed', () => {
    const first = verify('github', github())!;
    const again = verify('github', github({ 'x-github-delivery': 'd-2' }))!;
    expect(first.event).toBe('push');
    expect(again.key).toBe(first.key);
    expect(first.names).toEqual([first.key, 'id:d-1']);
  });

  it.each([
    ['no signature', { 'x-hub-signature-256': '' }],
    ['SHA-1', { 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` }],
    ['a short one', { 'x-hub-signature-256': 'sha256=00' }],
    ['another key', { 'x-hub-signature-256': `sha256=${hexOf('another')}` }],
    ['the key of another body', { 'x-hub-signature-256': `sha256=${hexOf(text, '{}')}` }],
  ])('refuses GitHub with %s', (_, more) => {
    expect(verify('github', github(more))).toBeNull();
  });

  it('takes a token of GitLab as it stands, and the id of its repetitions', () => {
    const headers = { 'x-gitlab-token': text, 'x-gitlab-event': 'Merge Request Hook', 'idempotency-key': 'k-1' };
    expect(verify('gitlab', headers)).toEqual({ names: ['id:k-1'], key: 'id:k-1', event: 'Merge Request Hook' });
    for (const token of ['', 'a-secret-of-a-forg', `${text} `, text.toUpperCase()])
      expect(verify('gitlab', { ...headers, 'x-gitlab-token': token })).toBeNull();
  });

  it('takes a header of any name for another sender', () => {
    const scheme = { kind: 'hmac', header: 'x-signature', delivery: 'x-id', event: 'x-kind' } as const;
    const headers = { 'x-signature': hexOf(text).toUpperCase(), 'x-id': '7', 'x-kind': 'made' };
    expect(verify(scheme, headers)).toMatchObject({ event: 'made', names: [expect.any(String), 'id:7'] });
    expect(verify({ ...scheme, delivery: null, event: null }, headers)).toMatchObject({ event: null });
    expect(verify(scheme, { ...headers, 'x-signature': hexOf('x') })).toBeNull();
  });
});
