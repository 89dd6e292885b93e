import { describe, expect, it } from 'vitest';
import { missingHost } from '../../../../src/client/follow/needed-host.ts';

const now = Date.parse('2026-11-29T12:00:00Z');
const asked = (secondsAgo: number) => ({ lastAccessTime: { seconds: now / 1000 - secondsAgo } });

describe('the host that has a workspace', () => {
  it.each([
    ['nobody', [], true],
    ['a worker that has not asked for three minutes', [asked(180)], true],
    ['a worker that asks', [asked(60)], false],
    ['a dead one and one that took its place', [asked(200), asked(3)], false],
  ])('is missed where its queue has %s', (_, pollers, isMissed) => {
    const missing = missingHost({ name: 'crew@7@c0ffee', pollers }, now);
    if (!isMissed) return expect(missing).toBeNull();
    expect(missing).toContain('the host c0ffee, which has the workspace, has no worker');
    expect(missing).toContain('`gaffer worker --task-queue crew@7` there, or with GAFFER_HOST=c0ffee');
  });
});
