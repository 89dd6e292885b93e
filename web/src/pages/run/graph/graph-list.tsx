import { memo, type KeyboardEvent, type RefObject } from 'react';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { countText, type FoundMember, type Member, type Scene } from './scene.ts';
import styles from './graph.module.css';

/** How many members of an opened box the list has at most. */
const mostMembers = 200;

interface GraphListProps {
  scene: Scene;
  list: RefObject<HTMLDivElement | null>;
  /** Boxes that are seen. */
  boxes: readonly number[];
  /** The opened box. */
  open: number | null;
  selected: FoundMember | undefined;
  activeId: string | undefined;
  onKeyDown: (event: KeyboardEvent) => void;
  choose: (member: Member) => void;
}

/** Name of an element of the list. */
export function optionId({ id }: Member): string {
  return `graph-${encodeURIComponent(id)}`;
}

/** What is seen of the graph as a list: heard instead of seen, and gone through by arrows. It has the keyboard while one moves in the graph. */
export function GraphList({ scene, list, boxes, open, selected, activeId, onKeyDown, choose }: GraphListProps) {
  const shown = open === null ? boxes : [open];
  const all = selected && !shown.includes(selected.box) ? [selected.box, ...shown] : shown;
  return (
    <div
      ref={list}
      className={styles.list}
      role="listbox"
      tabIndex={0}
      aria-label="Tasks in the graph: arrows go along its lines, Enter opens"
      aria-activedescendant={activeId}
      onKeyDown={onKeyDown}
    >
      {all.flatMap((box) => {
        const { members } = scene.boxes[box]!;
        const isSelected = selected?.box === box;
        if (box === open)
          return membersShown(members, selected).map((member) =>
            option(scene, { box, member, isOne: true }, isSelected && selected.member.id === member.id),
          );
        const member = isSelected ? selected.member : members[0]!;
        return [option(scene, { box, member, isOne: members.length === 1 }, isSelected)];
      })}
    </div>
  );

  function option(
    of: Scene,
    { box, member, isOne }: { box: number; member: Member; isOne: boolean },
    isSelected: boolean,
  ) {
    const text = isOne
      ? memberText(of, box, member)
      : `${of.world.picture.boxes[box]![2] || member.id}: ${countText(of.boxes[box]!)}`;
    return (
      <Option
        key={`${box} ${member.id}`}
        id={optionId(member)}
        {...{ text, isSelected }}
        onClick={() => choose(member)}
      />
    );
  }
}

const Option = memo(
  function Option({
    id,
    text,
    isSelected,
    onClick,
  }: {
    id: string;
    text: string;
    isSelected: boolean;
    onClick: () => void;
  }) {
    return (
      <div id={id} role="option" aria-selected={isSelected} onClick={onClick}>
        {text}
      </div>
    );
  },
  (before, now) => before.id === now.id && before.text === now.text && before.isSelected === now.isSelected,
);

/** The first members, and the selected one with those around it. */
function membersShown(members: readonly Member[], selected: GraphListProps['selected']): readonly Member[] {
  const at = Math.max(0, members.findIndex(({ id }) => id === selected?.member.id) - mostMembers / 2);
  return members.slice(at, at + mostMembers);
}

function memberText({ world, boxes }: Scene, box: number, { id, status, state }: Member): string {
  const names = (others: readonly number[]): string =>
    others
      .slice(0, 5)
      .map((other) => world.picture.boxes[other]![2] || boxes[other]!.members[0]!.id)
      .join(', ');
  const after = world.before[box]!.length > 0 ? `, after ${names(world.before[box]!)}` : '';
  const why = state?.error ? `: ${state.error}` : state?.waitsFor ? `: ${state.waitsFor.detail}` : '';
  return safeLine(`${id}, ${status}${why}${after}`);
}
