import { expect, it } from 'vitest';
import { drawPicture } from '../../../../src/domain/picture/draw-picture.ts';
import { pathSoFar } from '../../../../src/domain/picture/path-so-far.ts';
import { toDraw } from '../../../../src/domain/picture/picture-task.ts';
import { phase, plan, task } from '../../../support/plan/builders.ts';

it('tells by which tasks a run took so long, from the last one back over what each had waited for, phases included', () => {
  const on = (id: string) => [{ task: id, on: 'all_success' as const, from: 'explicit' as const }];
  const tasks = [
    ...[task({ id: 'quick', phase: 0 }), task({ id: 'slow', phase: 0 })],
    ...[task({ id: 'a', phase: 1, afterPhase: 0 }), task({ id: 'b', phase: 1, afterPhase: 0 })],
    task({ id: 'c', phase: 1, afterPhase: 0, dependsOn: on('a') }),
  ];
  const phases = [phase('one'), phase('two')];
  const picture = drawPicture({ tasks: toDraw(plan({ tasks, phases })), phases });
  const told = (times: [number, number | null][]) =>
    pathSoFar(
      picture,
      times.map(([begin, end]) => ({ begin, end })),
    ).map((index) => picture.tasks[index]![0]);
  expect(told([])).toEqual([]);
  expect(
    told([
      [0, 5],
      [0, 9],
      [9, 12],
      [9, 30],
      [12, 20],
    ]),
  ).toEqual(['slow', 'b']);
  expect(
    told([
      [0, 5],
      [0, 9],
      [9, 12],
      [9, 11],
      [12, null],
    ]),
  ).toEqual(['slow', 'a', 'c']);
  expect(
    told([
      [0, null],
      [0, 9],
    ]),
  ).toEqual(['quick']);
});
