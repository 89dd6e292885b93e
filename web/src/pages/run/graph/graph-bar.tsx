import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { useKeys } from '../../../shell/keys.tsx';
import { Button, IconButton } from '../../../ui/button.tsx';
import { Status } from '../../../ui/status.tsx';
import { type Member, type Scene, searchMembers } from './scene.ts';
import styles from './graph.module.css';

interface GraphBarProps {
  scene: Scene;
  isPathShown: boolean;
  showPath: (isShown: boolean) => void;
  choose: (member: Member) => void;
  /** Chooses the next one of a list. */
  jump: (members: readonly Member[]) => void;
  /** null: all of it. */
  onZoom: (factor: number | null) => void;
}

/** What stands over the graph: finding a task, going to what needs somebody, and how much is seen. */
export function GraphBar({ scene, isPathShown, showPath, choose, jump, onZoom }: GraphBarProps) {
  const { failed, waiting } = scene;
  return (
    <div className={styles.bar}>
      <TaskSearch scene={scene} choose={choose} />
      {failed.length > 0 && (
        <Button aria-label={`Next of ${failed.length.toLocaleString('en')} failed`} onClick={() => jump(failed)}>
          <Status of="failed" isCompact /> {failed.length.toLocaleString('en')} failed
        </Button>
      )}
      {waiting.length > 0 && (
        <Button aria-label={`Next of ${waiting.length.toLocaleString('en')} waiting`} onClick={() => jump(waiting)}>
          <Status of="waiting" isCompact /> {waiting.length.toLocaleString('en')} waiting
        </Button>
      )}
      <span className={styles.spring} />
      <Button kind={isPathShown ? 'plain' : 'quiet'} aria-pressed={isPathShown} onClick={() => showPath(!isPathShown)}>
        Longest path
      </Button>
      <span className={styles.together}>
        <IconButton label="Zoom out" icon="minus" onClick={() => onZoom(1 / 1.4)} />
        <IconButton label="Zoom in" icon="plus" onClick={() => onZoom(1.4)} />
        <IconButton label="Show the whole graph" icon="fit" onClick={() => onZoom(null)} />
      </span>
    </div>
  );
}

/** How many are offered while somebody types. */
const mostOffered = 8;

/** Finds a task by its name or agent. */
function TaskSearch({ scene, choose }: { scene: Scene; choose: (member: Member) => void }) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const found = searchMembers(scene, words, mostOffered);
  useKeys({ '/': { label: 'Find a task', run: () => box.current?.focus() } });
  const take = (member: Member | undefined): void => {
    if (!member) return;
    choose(member);
    setWords('');
    box.current?.blur();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt((at + 1) % Math.max(1, found.length));
    else if (event.key === 'ArrowUp') setAt((at - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === 'Enter') take(found[at]);
    else if (event.key === 'Escape' && words !== '') setWords('');
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.search}>
      <input
        ref={box}
        type="search"
        role="combobox"
        aria-label="Find a task"
        placeholder="Find a task  /"
        autoComplete="off"
        aria-expanded={words !== ''}
        aria-controls={id}
        aria-activedescendant={found[at] && `${id}-${at}`}
        value={words}
        onChange={(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {words !== '' && (
        <div id={id} className={styles.offers} role="listbox" aria-label="Tasks found">
          {found.map((member, index) => (
            <div
              key={member.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              className={styles.offer}
              onPointerDown={(event) => {
                event.preventDefault();
                take(member);
              }}
            >
              <Status of={member.status} isCompact />
              <span className={styles.offerName}>{safeLine(member.id)}</span>
              <span className={styles.offerAgent}>{safeLine(member.state?.agent ?? '')}</span>
            </div>
          ))}
          {found.length === 0 && <p className={styles.none}>No task or agent has that in its name.</p>}
        </div>
      )}
    </div>
  );
}
