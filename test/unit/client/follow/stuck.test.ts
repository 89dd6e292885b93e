import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../../src/activities/base/to-failure.ts';
import { neededWorker } from '../../../../src/client/follow/needed-worker.ts';
import { causeOf, untaken } from '../../../../src/client/follow/stuck.ts';
import { ModelError } from '../../../../src/models/model.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const seconds = (ms: number) => ({ seconds: Math.floor(ms / 1000), nanos: 0 });
function retried(lastFailure: object, attempt = 3) {
  const activityType = { name: 'callModel' };
  const times = { state: 1, scheduledTime: seconds(now + 30_000) };
  return { pendingActivities: [{ activityType, attempt, maximumAttempts: 10, lastFailure, ...times }] };
}

describe('causeOf', () => {
  it('names attempt, when the next one is, and why', () => {
    const clock = new Date(now + 30_000).toTimeString().slice(0, 8);
    expect(causeOf(retried({ message: 'connection refused' }), now)).toBe(
      `a model call is tried again, attempt 3 of 10 at ${clock}: connection refused`,
    );
  });

  it.each([
    [new ModelError('rate-limited', 'slower, please'), true],
    [new ModelError('overloaded', 'too many'), true],
    [new ModelError('unavailable', 'connection refused on port 429'), false],
    [new Error('429 too many requests'), false],
  ])('names a rate limit as one, whatever the words: %s', (error, expected) => {
    const failure = defaultFailureConverter.errorToFailure(toFailure(error), defaultPayloadConverter);
    expect(causeOf(retried(failure), now)?.startsWith('the provider limits the rate: ')).toBe(expected);
  });

  it('takes a first attempt for no trouble', () => {
    expect(causeOf(retried({ message: '' }, 1), now)).toBeNull();
    expect(causeOf({ pendingActivities: [] }, now)).toBeNull();
  });
});

describe('untaken', () => {
  const clock = new Date(now).toTimeString().slice(0, 8);
  const words = ' of version 2, to which it is pinned: start one';
  const activity = (name: string) => ({
    pendingActivities: [{ activityType: { name }, attempt: 1, state: 1, scheduledTime: seconds(now) }],
  });

  it('names the version that a step waits for, but not where the workspace is', () => {
    const task = { pendingWorkflowTask: { state: 1, scheduledTime: seconds(now) } };
    expect(untaken(task, now + 6000, words)).toBe(`its next step waits since ${clock} for a worker${words}`);
    expect(untaken(activity('callModel'), now + 6000, words)).toContain(words);
    expect(untaken(activity('callTool'), now + 6000, words)).toMatch(/for a worker that is free$/);
  });

  it('leaves a step some seconds', () => {
    expect(untaken(activity('callModel'), now + 4000, words)).toBeNull();
    expect(untaken({ pendingWorkflowTask: { state: 2, scheduledTime: seconds(now) } }, now + 9000, '')).toBeNull();
  });

  it('tells of a repetition that nobody takes', () => {
    expect(causeOf(retried({ message: 'worker shut down' }), now + 60_000, words)).toContain(`for a worker${words}`);
  });
});

describe('neededWorker', () => {
  const version = { deploymentName: 'crew', buildId: '2' };
  const poller = (buildId: string) => ({
    deploymentOptions: { deploymentName: 'crew', buildId, workerVersioningMode: 2 },
  });
  const pinned = { behavior: 1, deploymentVersion: version };
  const queue = { name: 'gaffer', pollers: [poller('1')], current: { deploymentName: 'crew', buildId: '1' } };

  it.each([
    ['pinned to a version that nobody polls', queue, pinned, /version 2, to which it is pinned: .*--build-id 2`$/],
    [
      'current version without pollers',
      { ...queue, current: version },
      null,
      /version 2, which is current: .*--make-current$/,
    ],
    ['moved by hand', queue, { behavior: 2, versioningOverride: { pinned: { version } } }, /version 2, to which/],
    ['no version, workers with one only', { ...queue, current: null }, null, /only workers of versions/],
    ['no worker at all', { ...queue, pollers: [], current: null }, null, /^no worker polls the task queue gaffer/],
  ])('says what is missing: %s', (_, given, binding, says) => {
    expect(neededWorker(given, binding).missing).toMatch(says);
  });

  it.each([
    ['pinned', { ...queue, pollers: [poller('1'), poller('2')] }, pinned],
    ['current', queue, { behavior: 2, deploymentVersion: version }],
    ['without versions', { ...queue, pollers: [{}], current: null }, null],
  ])('is content when the right one polls: %s', (_, given, binding) => {
    expect(neededWorker(given, binding).missing).toBeNull();
  });
});
