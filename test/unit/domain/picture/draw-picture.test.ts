import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawPicture } from '../../../../src/domain/picture/draw-picture.ts';
import { marks, type Picture, pictureSizes } from '../../../../src/domain/picture/picture.ts';
import { addedToDraw, type TaskToDraw, toDraw } from '../../../../src/domain/picture/picture-task.ts';
import { phase, plan, task } from '../../../support/plan/builders.ts';

const { box } = pictureSizes;
const explicit = (...ids: string[]) =>
  ids.map((id) => ({ task: id, on: 'all_success' as const, from: 'explicit' as const }));

/** Tasks that wait for earlier ones, some of them alike, in up to three phases. */
const someTasks = (prefix: string, most: number, earlier: readonly string[] = []): fc.Arbitrary<TaskToDraw[]> =>
  fc
    .array(
      fc.record({
        agent: fc.constantFrom('one', 'two'),
        needs: fc.array(fc.nat(), { maxLength: 3 }),
        parent: fc.option(fc.nat(), { freq: 2 }),
        kind: fc.constantFrom(0, 0, 0, marks.forEach, marks.planner),
      }),
      { maxLength: most },
    )
    .map((drawn) => {
      const ids = [...earlier];
      return drawn.map(({ agent, needs, parent, kind }, index) => {
        const id = `${prefix}${index}`;
        const dependsOn =
          ids.length === 0 ? [] : needs.map((need) => ({ task: ids[need % ids.length]!, from: 'explicit' as const }));
        const asker = parent === null || earlier.length === 0 ? null : earlier[parent % earlier.length]!;
        ids.push(id);
        return { id, phase: null, afterPhase: null, agent, dependsOn, marks: kind, parent: asker, heading: null };
      });
    });

const grown = someTasks('plan', 60).chain((tasks) =>
  someTasks(
    'more',
    40,
    tasks.map(({ id }) => id),
  ).map((added) => ({ tasks, added, phases: [] })),
);

type Rectangle = Record<'x' | 'y' | 'right' | 'bottom', number>;

const rectangles = ({ boxes }: Picture) =>
  boxes.map(([x, y]) => ({ x, y, right: x + box.width, bottom: y + box.height }));
const boxOf = ({ tasks, boxes }: Picture, id: string) => boxes[tasks.find(([each]) => each === id)![1]]!;

describe('the picture of a graph', () => {
  it('has every task in a box, no box over another one, and all within its bounds', () => {
    fc.assert(
      fc.property(grown, (given) => {
        const picture = drawPicture(given);
        expect(picture.tasks.map(([id]) => id)).toEqual([...given.tasks, ...given.added].map(({ id }) => id));
        const all = rectangles(picture);
        const isOver = (one: Rectangle, other: Rectangle): boolean =>
          one.x < other.right && other.x < one.right && one.y < other.bottom && other.y < one.bottom;
        const covering = all.flatMap((one, index) => all.slice(index + 1).filter((other) => isOver(one, other)));
        const outside = all.filter(({ x, y, right, bottom }) => {
          return x < 0 || y < 0 || right > picture.width || bottom > picture.height;
        });
        expect([covering, outside]).toEqual([[], []]);
      }),
    );
  });

  it('has lines that go forward, one for all that two boxes have to do with each other', () => {
    fc.assert(
      fc.property(grown, (given) => {
        const picture = drawPicture(given);
        const seen = new Set(picture.lines.map(([from, to]) => `${from} ${to}`));
        expect(seen.size).toBe(picture.lines.length);
        for (const [from, to, , ...through] of picture.lines) {
          const xs = [picture.boxes[from]![0], ...through.filter((_, index) => index % 2 === 0), picture.boxes[to]![0]];
          expect(xs).toEqual([...xs].sort((one, other) => one - other));
          expect(new Set(xs).size).toBe(xs.length);
        }
        for (const [index, { dependsOn }] of [...given.tasks, ...given.added].entries()) {
          const own = picture.tasks[index]![1];
          for (const { task: need } of dependsOn) {
            const other = picture.tasks.find(([id]) => id === need)![1];
            if (other !== own) expect(seen.has(`${other} ${own}`)).toBe(true);
          }
        }
      }),
    );
  });

  it('moves nothing that stands alone while it grows, and is the same for the same tasks', () => {
    fc.assert(
      fc.property(grown, fc.nat(), (given, cut) => {
        const whole = drawPicture(given);
        expect(drawPicture(structuredClone(given))).toEqual(whole);
        const before = drawPicture({ ...given, added: given.added.slice(0, cut % (given.added.length + 1)) });
        for (const [id] of before.tasks) {
          const [x, y, title] = boxOf(whole, id);
          // More than eight siblings that were added became one, where the first of them stands.
          if (title === '' || boxOf(before, id)[2] !== '') expect([x, y]).toEqual(boxOf(before, id).slice(0, 2));
        }
      }),
    );
  });

  it('folds more than eight siblings into one box with a name, and chains of them into a row of boxes', () => {
    const chains = Array.from({ length: 100 }, (_, index) => [
      task({ id: `read-${index}` }),
      task({ id: `sum-${index}`, dependsOn: explicit(`read-${index}`) }),
    ]).flat();
    const few = Array.from({ length: 8 }, (_, index) => task({ id: `few-${index}`, agent: 'other' }));
    const last = task({ id: 'last', dependsOn: explicit(...chains.map(({ id }) => id)) });
    const picture = drawPicture({ tasks: toDraw(plan({ tasks: [...chains, ...few, last] })), phases: [] });
    expect(picture.boxes.map(([, , title]) => title).filter((title) => title !== '')).toEqual(['read', 'sum']);
    expect(picture.boxes).toHaveLength(2 + 8 + 1);
    expect(boxOf(picture, 'read-7')).toBe(boxOf(picture, 'read-99'));
    const [read, sum, end] = ['read-0', 'sum-0', 'last'].map((id) => picture.tasks.find(([each]) => each === id)![1]);
    const pairs = picture.lines.map(([from, to]) => `${from} ${to}`);
    expect(new Set(pairs)).toEqual(new Set([`${read} ${end}`, `${read} ${sum}`, `${sum} ${end}`]));
  });

  it('tells boxes apart whose tasks are called alike', () => {
    const step = (wave: number) =>
      Array.from({ length: 9 }, (_, index) =>
        task({ id: `w-${wave}${index}`, dependsOn: wave === 0 ? [] : explicit('w-00') }),
      );
    const { boxes } = drawPicture({ tasks: toDraw(plan({ tasks: [...step(0), ...step(1)] })), phases: [] });
    expect(boxes.map(([, , title]) => title)).toEqual(['w-00 … w-08', 'w-10 … w-18']);
  });

  it('keeps phases apart, draws what adds tasks with room behind it, and names the longest way', () => {
    const tasks = [
      task({ id: 'plan', phase: 0, decompose: true }),
      task({ id: 'look', phase: 0 }),
      task({ id: 'build', phase: 1, afterPhase: 0 }),
      task({ id: 'test', phase: 1, afterPhase: 0, dependsOn: explicit('build') }),
    ];
    const phases = [phase('prepare'), phase('make')];
    const added = [addedToDraw(task({ id: 'part', phase: 0 }), 'plan')];
    const picture = drawPicture({ tasks: toDraw(plan({ tasks, phases })), added, phases });
    const x = Object.fromEntries(picture.tasks.map(([id]) => [id, boxOf(picture, id)[0]]));
    expect([x['plan']! < x['part']!, x['part']! < x['build']!, x['build']! < x['test']!]).toEqual([true, true, true]);
    const [prepare, make] = picture.phases;
    expect([prepare!.name, prepare!.x, make!.name]).toEqual(['prepare', 0, 'make']);
    expect(prepare!.x + prepare!.width).toBeLessThan(make!.x);
    expect(picture.path.map((index) => picture.tasks[index]![0])).toEqual(['plan', 'build', 'test']);
    expect(picture.tasks.find(([id]) => id === 'part')![5]).toBe(marks.added);
  });

  it('lets what a script asks for under one heading stand behind that of the headings before', () => {
    const script = { ...toDraw(plan())[0]!, id: 'script', marks: marks.script };
    const asked = (id: string, heading: string): TaskToDraw => ({
      ...script,
      id,
      marks: marks.added,
      parent: 'script',
      heading,
    });
    const added = [asked('a', 'Look'), asked('b', 'Judge'), asked('c', 'Look')];
    const picture = drawPicture({ tasks: [script], added, phases: [] });
    const [a, b, c] = ['a', 'b', 'c'].map((id) => boxOf(picture, id));
    expect(a![0]).toBe(c![0]);
    expect(a![0]).toBeLessThan(b![0]);
  });

  it('breaks wide waves into columns, so that what is wide and flat can be seen as a whole', () => {
    const tasks = Array.from({ length: 1000 }, (_, index) => task({ id: `t${index}`, agent: `agent-${index}` }));
    const { width, height } = drawPicture({ tasks: toDraw(plan({ tasks })), phases: [] });
    expect(width / height).toBeGreaterThan(1);
    expect(width / height).toBeLessThan(4);
  });
});
