import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import {
  editsIn,
  readCommunication,
  tellCommunication,
  toCommunication,
  untold,
} from '../../../../src/domain/analysis/communication.ts';
import type { RunEvent, RunEventBody } from '../../../../src/domain/run/run-events.ts';
import { agent, plan as planWith, task } from '../../../support/plan/builders.ts';

const plan = {
  ...planWith({ agents: { frontend: agent({ name: 'frontend' }) }, tasks: [task({ id: 'split' })] }),
  inputs: { feature: 'Login \u001b[2J\u202e' },
  communicationFile: 'team.json',
};

/** The file after some events. */
function fileAfter(...events: RunEventBody[]): string {
  const numbered = events.map((event, at) => ({ ...event, seq: at + 1, at: '2026-01-01T00:00:00Z' }) as RunEvent);
  return toCommunication(plan, 'run-1', numbered.reduce(tellCommunication, untold));
}

const begun: RunEventBody[] = [
  { type: 'workflow:start', taskCount: 1, name: 'team' },
  { type: 'task:added', taskId: 'split', phase: null, agentName: 'manager', context: 'manager' },
  { type: 'task:added', taskId: 'page', phase: null, agentName: 'frontend', context: 'page', dependsOn: ['server'] },
  { type: 'task:start', taskId: 'page', agentName: 'frontend', description: 'Build the page.', attempt: 1 },
  {
    type: 'blocker:raised',
    blockerId: 'b1',
    taskId: 'page',
    agentName: 'frontend',
    detail: 'Which API?',
    asks: 'manager',
  },
];

describe('the file of a run', () => {
  it('shows feature, tasks, who is at work on what, and questions with their answers', () => {
    const shown = JSON.parse(
      fileAfter(...begun, {
        type: 'blocker:resolved',
        blockerId: 'b1',
        taskId: 'page',
        by: 'manager',
        answer: 'REST.',
      }),
    ) as JsonObject;
    expect(shown).toMatchObject({
      manager_instructions: {
        ...{ feature: 'Login \u001b[2J\u202e', status: 'running' },
        tasks: [
          { id: 'split', assigned_to: 'manager' },
          { id: 'page', assigned_to: 'frontend', description: 'Build the page.', dependencies: ['server'] },
        ],
      },
      questions_for_manager: [
        { from: 'frontend', task: 'page', question: 'Which API?', answer: 'REST.', by: 'manager' },
      ],
      written: { by: 'gaffer', run: 'run-1', event: 6 },
    });
    const text = fileAfter(...begun);
    expect(text).toContain('"waits_for": "Which API?"');
    expect(text).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });

  it('is known again, tells whether somebody changed it, and which lines are new', () => {
    const text = fileAfter(...begun);
    expect(readCommunication(text)).toEqual({ isIntact: true, run: 'run-1', seq: 5 });
    const changed = text.replace('"messages": []', '"messages": ["Use GraphQL."]');
    expect(readCommunication(changed)).toMatchObject({ isIntact: false, run: 'run-1' });
    expect(editsIn(changed, text).trim()).toBe('"messages": ["Use GraphQL."],');
    expect(editsIn(text, text)).toBe('');
    // Half saved, or with a comma too many.
    expect(readCommunication(`${text}Use GraphQL.`)).toMatchObject({ isIntact: false });
    expect(editsIn(`${text}Use GraphQL.\0`, text)).toBe('Use GraphQL.');
  });

  it.each([
    ['{ "name": "my-package" }', null],
    ['#!/bin/sh', null],
    ['[1]', null],
    ['', false],
    ['{ "manager_instructions": {}, "agent_updates": [] }', false],
    ['{ "written": { "by": "gaffer", "event": {} }, "a": 1 }', false],
  ])('is told from files of others: %j', (text, isIntact) => {
    expect(readCommunication(text)?.isIntact ?? null).toBe(isIntact);
  });

  it('passes on no more than some pages of what somebody wrote', () => {
    const edits = editsIn(`line ${'x'.repeat(100)}\n`.repeat(1000), '');
    expect(edits.length).toBeLessThanOrEqual(8000);
  });
});
