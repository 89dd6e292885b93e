import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScriptedConversation } from '../../src/testing/index.ts';
import { reach } from '../support/run/reach.ts';
import type { RunEnv } from '../support/run/run-env.ts';
import { openRunEnv } from '../support/run/run-env.ts';
import { yamlPlan } from '../support/plan/yaml-plan.ts';

const echo = { name: 'echo', when: () => true, answer: (c: ScriptedConversation) => ({ text: `did: ${c.prompt}` }) };

describe.each([{ mode: 'child' }, { mode: 'inline' }, { mode: 'auto' }])(
  'control and people, tasks $mode',
  ({ mode }) => {
    let env: RunEnv;
    beforeAll(async () => {
      env = await openRunEnv({ script: { rules: [echo] } });
    });
    afterAll(() => env.close());
    const plan = (text: string) => yamlPlan(`limits: { tasks: ${mode} }\n${text}`);

    it('pauses between turns, says when it stands, and goes on', async () => {
      env.model.setScript({ rules: [{ ...echo, answer: () => ({ text: 'slow', latencyMs: 700 }) }] });
      const run = await env.start(
        plan('tasks:\n  - { id: a, prompt: A }\n  - { id: b, prompt: B, depends_on: [a] }\n'),
      );
      await reach(run, 'agent:invoke');
      expect(await run.pause({ by: 'ann', reason: 'lunch' })).toBe('pausing');
      await expect(run.pause({})).rejects.toThrow(/(pausing|paused) already, by ann/);
      const states: string[] = [];
      const stop = new AbortController();
      for await (const event of run.events({ signal: stop.signal })) {
        if (event.type === 'run:paused') states.push(event.state);
        if (states.includes('paused')) break;
      }
      stop.abort();
      expect((await env.story(run.id)).filter((event) => event.type === 'agent:invoke')).toHaveLength(1);
      await run.resume({ by: 'ann' });
      expect((await run.result()).status).toBe('succeeded');
      expect((await env.story(run.id)).map((event) => event.type)).toContain('run:resumed');
    });

    it('asks before a task starts, lets the prompt be edited, and takes one decision', async () => {
      env.model.setScript({ rules: [echo] });
      const run = await env.start(
        plan('tasks:\n  - { id: ship, prompt: Ship it., approval: { at: before, by: [maintainer], needed: 2 } }\n'),
      );
      const { approvalId, detail } = await reach(run, 'approval:requested');
      expect(detail).toBe('Ship it.');
      await expect(run.approve({ id: approvalId, by: 'eve' })).rejects.toThrow(/maintainer/);
      const decision = { id: approvalId, decision: 'approve', role: 'maintainer' } as const;
      expect(await run.approve({ ...decision, by: 'ann' })).toEqual({ decided: false, missing: 1 });
      expect(await run.approve({ ...decision, by: 'ann' })).toEqual({ decided: false, missing: 1 });
      // Who approved before has not seen the edit.
      const edited = { ...decision, by: 'bob', edit: 'Ship it slowly.' };
      expect(await run.approve(edited)).toEqual({ decided: false, missing: 1 });
      expect(await run.approve({ ...decision, by: 'ann' })).toMatchObject({ decided: true });
      const result = await run.result();
      expect(result.tasks['ship']).toMatchObject({ status: 'succeeded', output: 'did: Ship it slowly.' });
    });

    it('refuses a second, different decision with who decided', async () => {
      const run = await env.start(
        plan(
          'tasks:\n  - { id: a, prompt: A, approval: before }\n  - { id: b, prompt: B, approval: before, depends_on: [a] }\n',
        ),
      );
      const { approvalId } = await reach(run, 'approval:requested');
      await run.approve({ id: approvalId, by: 'ann' });
      await run.approve({ id: approvalId, by: 'bob' });
      await expect(run.reject({ id: approvalId, by: 'bob' })).rejects.toThrow(/approved by ann/);
      await run.reject({ id: 'before/b', by: 'ann', comment: 'not today' }).catch(async () => {
        // The second approval may not be asked for yet.
        for await (const event of run.events()) {
          if (event.type === 'approval:requested' && event.approvalId === 'before/b') break;
        }
        await run.reject({ id: 'before/b', by: 'ann', comment: 'not today' });
      });
      const result = await run.result();
      expect(result).toMatchObject({ status: 'partial', tasks: { b: { status: 'skipped' } } });
      expect(result.tasks['b']!.error).toContain('not approved by ann: not today');
    });

    it.each([
      { outcome: 'deny', status: 'failed' },
      { outcome: 'approve', status: 'succeeded' },
      { outcome: 'halt', status: 'stopped' },
    ])('records a timeout as a timeout: $outcome', async ({ outcome, status }) => {
      const approval = `{ at: before, deadline: 300ms, on_timeout: ${outcome} }`;
      const run = await env.start(plan(`tasks:\n  - { id: a, prompt: A, approval: ${approval} }\n`));
      expect((await run.result()).status).toBe(status);
      const story = await env.story(run.id);
      expect(story.filter((event) => event.type === 'approval:expired')).toMatchObject([{ outcome }]);
      expect(story.filter((event) => event.type === 'approval:decided')).toEqual([]);
    });

    it('reminds, and lets another role decide after a while', async () => {
      const run = await env.start(
        plan(`tasks:
  - id: a
    prompt: A
    approval: { at: before, by: [lead], remind: 100ms, escalate: { after: 300ms, to: [owner] }, deadline: 1h }
  - id: b
    prompt: B
    approval: { at: before, by: [lead], escalate: { after: 1h, to: [owner] }, deadline: 2h }
`),
      );
      const asOwner = { decision: 'approve', by: 'olga', role: 'owner' } as const;
      const { approvalId: ofB } = await reach(run, 'approval:requested', ({ taskId }) => taskId === 'b');
      await expect(run.approve({ id: ofB, ...asOwner })).rejects.toThrow(/decided by lead/);
      const { approvalId: ofA, by } = await reach(run, 'approval:escalated');
      expect(by).toEqual(['lead', 'owner']);
      await run.approve({ id: ofA, ...asOwner });
      await run.approve({ ...asOwner, id: ofB, role: 'lead' });
      expect((await run.result()).status).toBe('succeeded');
      expect((await env.story(run.id)).map((event) => event.type)).toContain('approval:reminder');
    });

    it('gives a blocked agent the answer of a person, without a worker while it waits', async () => {
      env.model.setScript({
        rules: [
          {
            name: 'blocked',
            when: (c) => c.turn === 0,
            answer: () => ({ tools: [{ name: 'report_blocker', input: { what: 'no key', needs: 'the key' } }] }),
          },
          { name: 'goes on', when: () => true, answer: (c) => ({ text: `got: ${c.lastResults[0]?.content}` }) },
        ],
      });
      const run = await env.start(plan('tasks:\n  - { id: a, prompt: A }\n'));
      const { blockerId, detail } = await reach(run, 'blocker:raised');
      expect(detail).toContain('no key');
      await reach(run, 'run:waiting');
      expect((await env.store.runs.find(run.id))?.status).toBe('waiting');
      await run.answer({ id: blockerId, text: 'it is 42', by: 'ann' });
      await run.answer({ id: blockerId, text: 'it is 42', by: 'ann' }).catch((error: unknown) => {
        // The run may have ended already.
        expect(String(error)).not.toMatch(/decided/);
      });
      expect((await run.result()).tasks['a']!.output).toBe('got: ann answers: it is 42');
    });

    it('has the manager resolve a blocker first', async () => {
      env.model.setScript({
        rules: [
          { name: 'manager', when: (c) => c.prompt.includes('is blocked'), answer: () => ({ text: 'use port 8080' }) },
          {
            name: 'blocked',
            when: (c) => c.turn === 0,
            answer: () => ({ tools: [{ name: 'report_blocker', input: { what: 'which port?', needs: 'a port' } }] }),
          },
          { name: 'goes on', when: () => true, answer: (c) => ({ text: `got: ${c.lastResults[0]?.content}` }) },
        ],
      });
      const result = await env.run(plan('manager: foreman\ntasks:\n  - { id: a, prompt: A }\n'));
      expect(result).toMatchObject({ status: 'succeeded', tasks: { a: { output: 'got: use port 8080' } } });
      expect(Object.keys(result.tasks)).toEqual(['a']);
      const story = await env.story(result.runId);
      expect(story.find((event) => event.type === 'blocker:resolved')).toMatchObject({ by: 'foreman' });
    });

    it('is cancelled while the manager is at work on a blocker', async () => {
      env.model.setScript({
        rules: [
          {
            name: 'manager',
            when: (c) => c.prompt.includes('is blocked'),
            answer: () => ({ text: '', latencyMs: 30_000 }),
          },
          {
            name: 'blocked',
            when: () => true,
            answer: () => ({ tools: [{ name: 'report_blocker', input: { what: 'which port?', needs: 'a port' } }] }),
          },
        ],
      });
      const run = await env.start(plan('manager: foreman\ntasks:\n  - { id: a, prompt: A }\n'));
      await reach(run, 'agent:invoke', (event) => event.agentName === 'foreman');
      await run.cancel();
      const result = await run.result();
      expect(result).toMatchObject({ status: 'cancelled', tasks: { a: { status: 'cancelled' } } });
      expect(Object.keys(result.tasks)).toEqual(['a']);
    });

    it('skips, retries, adds tasks and sends messages while it lives', async () => {
      let fails = true;
      env.model.setScript({
        rules: [
          {
            name: 'flaky',
            when: (c) => c.prompt.includes('Flaky'),
            answer: () => (fails ? { fault: { kind: 'refusal' } } : { text: 'now it works' }),
          },
          echo,
        ],
      });
      const run = await env.start(
        plan(`tasks:
  - { id: gate, prompt: G, approval: before }
  - { id: flaky, prompt: Flaky }
  - { id: late, prompt: L, depends_on: [gate] }
  - { id: unwanted, prompt: U, depends_on: [gate] }
`),
      );
      await reach(run, 'task:error');
      await expect(run.skip({ task: 'nope' })).rejects.toThrow(/no task nope/);
      await run.skip({ task: 'unwanted', by: 'ann' });
      fails = false;
      expect(await run.retryTask({ task: 'flaky', by: 'ann' })).toEqual(['flaky']);
      await run.send({ to: 'late', text: 'mind the gap', from: 'ann' });
      expect(
        await run.addTasks({ tasks: [{ id: 'extra', profile: 'worker', prompt: 'E', depends_on: ['flaky'] }] }),
      ).toEqual(['extra']);
      await expect(
        run.addTasks({ tasks: [{ id: 'bad', profile: 'worker', prompt: 'B', depends_on: ['nobody'] }] }),
      ).rejects.toThrow(/nobody/);
      await run.approve({ id: 'before/gate', by: 'ann' });
      const result = await run.result();
      expect(result.tasks).toMatchObject({
        flaky: { status: 'succeeded', output: 'now it works', attempts: 2 },
        unwanted: { status: 'skipped', error: 'skipped by ann' },
        extra: { status: 'succeeded' },
      });
      expect(result.tasks['late']!.output).toContain('mind the gap');
    });
  },
);
