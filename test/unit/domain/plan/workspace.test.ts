import { describe, expect, it } from 'vitest';
import { fileConflicts } from '../../../../src/domain/analysis/file-conflicts.ts';
import { filesOf, movedTo, queueOf, workspaceOf } from '../../../../src/domain/plan/workspace.ts';
import { Scheduler } from '../../../../src/domain/scheduling/scheduler.ts';
import { toOutlineTask } from '../../../../src/domain/plan/outline.ts';
import { snapshotRef } from '../../../../src/domain/run/snapshot-ref.ts';
import { yamlPlan } from '../../../support/plan/yaml-plan.ts';

const inside = { workspace: { path: 'packages/api' } };
const outside = { workspace: { path: '/other' } };

describe('workspaceOf', () => {
  const plan = { workspace: '/w' };

  it('is the run’s for a task that names none, and for none at all', () => {
    expect(workspaceOf(plan, {})).toEqual({ path: '/w' });
    expect(workspaceOf(plan, undefined)).toEqual({ path: '/w' });
  });

  it('goes on from the run’s, or stands by itself', () => {
    expect(workspaceOf(plan, inside).path).toBe('/w/packages/api');
    expect(workspaceOf(plan, outside).path).toBe('/other');
  });

  it('is where the run says that it stands', () => {
    const folders = { '/other': '/copy', 'packages/api': '/api' };
    expect(workspaceOf({ ...plan, folders }, outside).path).toBe('/copy');
    expect(workspaceOf({ ...plan, folders }, inside).path).toBe('/api');
  });
});

describe('movedTo', () => {
  it('takes folders inside along, and leaves the others where they are', () => {
    const plan = { ...yamlPlan('tasks: [{ id: a, prompt: x }]'), workspace: '/w' };
    const once = movedTo(plan, '/v', { 'packages/api': '/v/packages/api', nested: '/n', '/other': '/copy' });
    expect(once).toMatchObject({ workspace: '/v', folders: { nested: '/n', '/other': '/copy' } });
    expect(movedTo(once, '/u')).toEqual({ ...plan, workspace: '/u', folders: { '/other': '/copy' } });
    expect(movedTo(plan, '/v')).toEqual({ ...plan, workspace: '/v' });
  });
});

describe('queueOf', () => {
  it('is the run’s own, but for a workspace on another host', () => {
    expect(queueOf('gaffer@one', null)).toBe('gaffer@one');
    expect(queueOf('gaffer@one', inside.workspace)).toBe('gaffer@one');
    expect(queueOf('a@b@one', { path: '/w', host: 'two' })).toBe('a@b@two');
  });
});

describe('files of tasks in folders of their own', () => {
  const conflicts = (...tasks: string[]) => {
    const { plan } = { plan: yamlPlan(`tasks:\n${tasks.map((task) => `  - { prompt: x, ${task} }`).join('\n')}`) };
    const found = fileConflicts(plan.tasks).conflicts.map((conflict) => conflict.tasks.join(' '));
    const scheduler = new Scheduler(
      { tasks: plan.tasks.map((task) => toOutlineTask(task, 1)), phases: [] },
      { maxParallel: 10 },
    );
    const atOnce = scheduler.next().start.map(({ id }) => id);
    return { found, atOnce };
  };

  it('conflict in the same folder only', () => {
    expect(
      conflicts(
        'id: a, files_scope: ["src/**"]',
        'id: b, files_scope: ["src/**"], workspace: packages/api',
        'id: c, files_scope: ["src/x.ts"], workspace: ./packages/api/',
        'id: d, files_scope: ["**"], workspace: /other',
      ),
    ).toEqual({ found: ['b c'], atOnce: ['a', 'b', 'd'] });
  });

  it('conflict whatever form of Unicode each was written in', () => {
    expect(conflicts('id: a, files_scope: ["caf\u00e9/**"]', 'id: b, files_scope: ["cafe\u0301/x.ts"]')).toEqual({
      found: ['a b'],
      atOnce: ['a'],
    });
  });

  it('conflict with those of a folder around theirs that name the same', () => {
    expect(
      conflicts('id: a, files_scope: ["packages/**"]', 'id: b, files_scope: ["src/**"], workspace: packages/api'),
    ).toEqual({ found: ['a b'], atOnce: ['a'] });
  });

  it('are taken for any where the folder’s name holds signs of a glob', () => {
    expect(filesOf({ filesScope: ['x'], workspace: { path: 'a[1]' } })).toEqual(['**/x']);
    expect(filesOf({ filesScope: ['x'], workspace: { path: '/a*' } })).toEqual(['/**/x']);
    expect(filesOf({ filesScope: ['x'] })).toEqual(['x']);
  });
});

describe('snapshotRef', () => {
  it('has a place for each workspace of a checkpoint', () => {
    const refs = [undefined, 'a', 'a@b', '/a', 'a/b', 'a-b'].map((name) => snapshotRef('run', 'phase/One', name));
    expect(refs[0]).toBe('refs/gaffer/run/phase-One');
    expect(refs[1]).toBe('refs/gaffer/run/phase-One@a');
    expect(refs.every((ref) => !/[~^: ?*[\\]|\.\.|@\{|\.lock$/.test(ref))).toBe(true);
  });
});
