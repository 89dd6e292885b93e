import { memo, useEffect, useEffectEvent, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { useLocation } from 'wouter';
import { toNestedRunId } from '../../../../../src/domain/ids/child-id.ts';
import { marks } from '../../../../../src/domain/picture/picture.ts';
import { useRun } from '../../../live/run-store.ts';
import { useKeys } from '../../../shell/keys.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { Loading } from '../../../ui/surface.tsx';
import { enterInspector, useSelection } from '../selection.ts';
import type { Emphasis } from './brush.ts';
import { GraphBar } from './graph-bar.tsx';
import { GraphList, optionId } from './graph-list.tsx';
import { GraphView, type Hit } from './graph-view.ts';
import { gridOf, type GroupGrid } from './group-grid.ts';
import { findMember, type FoundMember, type Member, nextOf, type Scene } from './scene.ts';
import { usePath } from './use-path.ts';
import { useScene } from './use-picture.ts';
import { type Direction, kinOf, neighbourOf } from './world.ts';
import styles from './graph.module.css';

/** The graph of the run: everything at once on a canvas, the same as a list for keyboards and readers of screens. */
export function RunGraph() {
  const { scene, error } = useScene();
  if (!scene) return error ? <ProblemNotice error={error} /> : <Loading what="Drawing the graph" />;
  return <Graph scene={scene} />;
}

/** How many boxes the list has at most: those that are seen. */
const mostListed = 200;
const arrows: Readonly<Record<string, Direction>> = {
  ...{ ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' },
};

const Graph = memo(function Graph({ scene }: { scene: Scene }) {
  const [isPathShown, showPath] = useState(false);
  const [seen, setSeen] = useState<readonly number[]>([]);
  const host = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const path = usePath(scene, isPathShown);
  const way = useWay(scene, seen);
  const { found, open, choose, jump, step, enter, leave } = way;
  const { world } = scene;
  const chosenBox = found?.box;
  const kin = useMemo(() => (chosenBox === undefined ? null : kinOf(world, chosenBox)), [world, chosenBox]);
  const emphasis: Emphasis = { box: chosenBox ?? null, member: found?.member.id ?? null, kin, path, open };
  const onPick = (hit: Hit, isTwice: boolean): void => {
    list.current?.focus({ preventScroll: true });
    way.pick(hit, isTwice);
  };
  const view = useGraphView({ host, scene, emphasis }, { onPick, onRest: (boxes) => setSeen(boxes) });
  useReveal(view, way);
  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = arrows[event.key];
    if (direction) step(direction);
    else if (event.key === 'Enter') enter();
    else if (event.key !== 'Escape' || !leave()) return;
    event.preventDefault();
    event.stopPropagation();
  };
  useKeys({
    '← ↑ → ↓': { label: 'Along the lines of the graph, once it has the focus', run: null },
    Enter: { label: 'In the graph: open the group, the run, or what is known of the task', run: null },
    '+': { label: 'Zoom in', run: () => view.current?.zoom(1.4) },
    '-': { label: 'Zoom out', run: () => view.current?.zoom(1 / 1.4) },
    '0': { label: 'Show the whole graph', run: () => view.current?.fit() },
    f: { label: 'Next failed task', run: () => jump(scene.failed) },
    w: { label: 'Next waiting task', run: () => jump(scene.waiting) },
  });
  return (
    <div className={styles.graph}>
      <GraphBar
        {...{ scene, isPathShown, showPath, choose, jump }}
        onZoom={(factor) => (factor === null ? view.current?.fit() : view.current?.zoom(factor))}
      />
      <div ref={host} className={styles.field}>
        <canvas className={styles.canvas} aria-hidden="true" />
        <canvas className={styles.canvas} aria-hidden="true" />
        <GraphList
          {...{ scene, list, onKeyDown, choose }}
          boxes={seen}
          open={open?.box ?? null}
          selected={found}
          activeId={found && optionId(found.member)}
        />
      </div>
    </div>
  );
});

/** Draws on the two canvases of `host` what there is now. */
function useGraphView(
  { host, scene, emphasis }: { host: RefObject<HTMLDivElement | null>; scene: Scene; emphasis: Emphasis },
  told: { onPick: (hit: Hit, isTwice: boolean) => void; onRest: (boxes: readonly number[]) => void },
): RefObject<GraphView | null> {
  const view = useRef<GraphView | null>(null);
  const onPick = useEffectEvent(told.onPick);
  const onRest = useEffectEvent(told.onRest);
  useEffect(() => {
    const made = new GraphView(host.current!, {
      onPick: (hit, isTwice) => onPick(hit, isTwice),
      onRest: () => onRest(made.seen(mostListed)),
    });
    view.current = made;
    return () => made.end();
  }, [host]);
  useEffect(() => view.current?.show(scene, emphasis));
  return view;
}

/** What one has chosen and opened, and the ways from there. */
interface Way {
  found: FoundMember | undefined;
  open: { box: number; grid: GroupGrid } | null;
  choose: (member: Member) => void;
  /** Chooses the next one of a list. */
  jump: (members: readonly Member[]) => void;
  step: (direction: Direction) => void;
  /** Opens a group, or what was chosen. */
  enter: () => void;
  /** Closes what is open, else chooses nothing. @returns whether there was anything to leave */
  leave: () => boolean;
  pick: (hit: Hit, isTwice: boolean) => void;
}

function useWay(scene: Scene, seen: readonly number[]): Way {
  const { task, select } = useSelection();
  const openMember = useOpenMember(scene);
  const [openBox, setOpen] = useState<number | null>(null);
  const found = findMember(scene, task);
  const membersOf = (box: number): readonly Member[] => scene.boxes[box]!.members;
  const isGroup = (box: number): boolean => membersOf(box).length > 1;
  const open = openBox === null || !isGroup(openBox) ? null : { box: openBox, grid: gridAt(scene, openBox) };
  const choose = ({ id }: Member): void => select(id);
  /** The keyboard goes past groups; whatever else leads to a member of one opens it. */
  const isStep = useRef(false);
  const onChosen = useEffectEvent(() => {
    if (found && !isStep.current) setOpen(isGroup(found.box) ? found.box : null);
    isStep.current = false;
  });
  const chosen = found?.member.id;
  useEffect(() => onChosen(), [chosen]);
  const step = (direction: Direction): void => {
    if (!found) return choose(membersOf(seen[0] ?? 0)[0]!);
    const inside = open?.box === found.box ? stepInGrid(found.index, { direction, columns: open.grid.columns }) : -1;
    const sibling = membersOf(found.box)[inside];
    if (sibling) return choose(sibling);
    const next = neighbourOf(scene.world, found.box, direction);
    if (next === undefined) return;
    isStep.current = true;
    setOpen(null);
    choose(membersOf(next)[0]!);
  };
  const pick = ({ box, member }: Hit, isTwice: boolean): void => {
    const isInside = open !== null && box === open.box;
    if (box === null || (isInside && member === null)) {
      if (!open) select(null);
      setOpen(null);
    } else if (!isInside && isGroup(box)) setOpen(box);
    else if (isTwice) openMember(membersOf(box)[member ?? 0]!);
    else choose(membersOf(box)[member ?? 0]!);
  };
  return {
    ...{ found, open, choose, step, pick },
    jump: (members) => {
      const next = nextOf(members, task);
      if (next) choose(next);
    },
    enter: () => {
      if (found && isGroup(found.box) && open?.box !== found.box) setOpen(found.box);
      else if (found) openMember(found.member);
    },
    leave: () => {
      if (!open && task === null) return false;
      if (open) setOpen(null);
      else select(null);
      return true;
    },
  };
}

/** Opens the run that a task is, or the inspector of any other. */
function useOpenMember({ world }: Scene): (member: Member) => void {
  const { id: runId } = useRun();
  const [, go] = useLocation();
  return ({ id, task, state }) => {
    const isRun = (world.picture.tasks[task]![5] & marks.workflow) !== 0 && state?.startedAt;
    if (isRun) go(`/runs/${encodeURIComponent(toNestedRunId(runId, id, state.attempt))}`);
    else enterInspector();
  };
}

/** V3: what was chosen is brought into sight once, and stays where one moves it to. */
function useReveal(view: RefObject<GraphView | null>, { found, open }: Way): void {
  const chosen = found?.member.id;
  const openBox = open?.box;
  const onChange = useEffectEvent(() => {
    if (found && (!open || open.box === found.box)) view.current?.reveal(found.box, open ? found.index : null);
    else if (open) view.current?.frame(open.grid);
  });
  useEffect(() => onChange(), [chosen, openBox]);
}

function gridAt(scene: Scene, box: number): GroupGrid {
  const [x, y] = scene.world.picture.boxes[box]!;
  return gridOf(scene.boxes[box]!.members.length, { x, y });
}

/** The place in a grid that an arrow leads to from another; outside of it: -1. */
function stepInGrid(index: number, { direction, columns }: { direction: Direction; columns: number }): number {
  const column = index % columns;
  switch (direction) {
    case 'left':
      return column === 0 ? -1 : index - 1;
    case 'right':
      return column === columns - 1 ? -1 : index + 1;
    case 'up':
      return Math.max(-1, index - columns);
    case 'down':
      return index + columns;
  }
}
