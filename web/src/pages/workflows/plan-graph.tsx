import { lineKinds, marks, type Picture, type PictureLine } from '../../../../src/domain/picture/picture.ts';
import { Chip } from '../../ui/surface.tsx';
import planStyles from './plan.module.css';
import styles from './workflows.module.css';

/** What is larger is shown as far as this: a list of it is in its source. */
const mostBoxes = 600;

interface PlanGraphProps {
  picture: Picture;
  chosen: number | null;
  onChoose: (box: number) => void;
}

/** The graph of a plan: boxes that can be chosen, and lines from what has to end to what waits for it. */
export function PlanGraph({ picture, chosen, onChoose }: PlanGraphProps) {
  const { width, height, box, boxes, lines, phases, tasks, agents, path } = picture;
  const shown = boxes.slice(0, mostBoxes);
  const onPath = new Set(path.map((task) => tasks[task]![1]));
  const byBox = Map.groupBy(tasks, ([, of]) => of);
  return (
    <>
      <div className={planStyles.graph} tabIndex={0} role="region" aria-label="Graph of the plan">
        {phases.some(({ name }) => name !== '') && (
          <div className={planStyles.phases} style={{ width }}>
            {phases.map((phase, at) => (
              <span key={at} style={{ left: phase.x, width: phase.width }}>
                {phase.name}
              </span>
            ))}
          </div>
        )}
        <div className={planStyles.canvas} style={{ width, height }}>
          <svg width={width} height={height} aria-hidden="true">
            {lines
              .filter(([from, to]) => from < mostBoxes && to < mostBoxes)
              .map((line, at) => (
                <path
                  key={at}
                  d={wayOf(line, picture)}
                  data-kind={lineKinds[line[2]]}
                  data-main={onPath.has(line[0]) && onPath.has(line[1])}
                />
              ))}
          </svg>
          {shown.map(([x, y, title], at) => {
            const inside = byBox.get(at) ?? [];
            const [id = '', , , agent = 0] = inside[0] ?? [];
            return (
              <button
                key={at}
                type="button"
                className={planStyles.task}
                style={{ left: x, top: y, width: box.width, height: box.height }}
                aria-pressed={at === chosen}
                data-main={onPath.has(at) || undefined}
                title={title === '' ? id : title}
                onClick={() => onChoose(at)}
              >
                <strong>{title === '' ? id : title}</strong>
                <span>{title === '' ? agents[agent] : `${inside.length} tasks`}</span>
                {title === '' && wordsOf(inside[0]?.[5] ?? 0).map((word) => <Chip key={word}>{word}</Chip>)}
              </button>
            );
          })}
        </div>
      </div>
      {boxes.length > mostBoxes && (
        <p className={styles.quiet}>
          The first {mostBoxes} of {boxes.length} boxes are drawn.
        </p>
      )}
    </>
  );
}

function wayOf([from, to, , ...through]: PictureLine, { boxes, box }: Picture): string {
  const [fromX, fromY] = boxes[from]!;
  const [toX, toY] = boxes[to]!;
  const points = [fromX + box.width, fromY + box.height / 2, ...through, toX, toY + box.height / 2];
  let way = `M${points[0]} ${points[1]}`;
  for (let at = 2; at < points.length; at += 2) {
    const [x, y, oldX, oldY] = [points[at]!, points[at + 1]!, points[at - 2]!, points[at - 1]!];
    const middle = (x + oldX) / 2;
    way += `C${middle} ${oldY} ${middle} ${y} ${x} ${y}`;
  }
  return way;
}

function wordsOf(bits: number): string[] {
  const words = {
    approval: 'approval',
    forEach: 'for each',
    condition: 'if',
    repeat: 'repeats',
    planner: 'adds tasks',
  } as const;
  return Object.entries(words).flatMap(([mark, word]) => (bits & marks[mark as keyof typeof words] ? [word] : []));
}
