import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { completionsFor, typingAt, type Completion, type Typing } from './completions.ts';
import type { InputProps } from '../../../ui/field.tsx';
import styles from './completing-text.module.css';

interface CompletingTextProps {
  input: InputProps;
  value: string;
  rows: number;
  names: readonly Completion[];
  /** The whole text is one expression, with or without its marks. */
  isBare: boolean;
  onType: (value: string) => void;
  onDone: () => void;
}

/** A text in which names of expressions are offered while they are typed: arrows choose, Enter or Tab takes one, Escape closes. */
export function CompletingText({ input, value, rows, names, isBare, onType, onDone }: CompletingTextProps) {
  const [typing, setTyping] = useState<Typing | null>(null);
  const [at, setAt] = useState(0);
  const area = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const offered = typing ? completionsFor(names, typing) : [];
  const isOpen = offered.length > 0;
  const look = (): void => {
    const { value: now, selectionStart } = area.current!;
    setTyping(typingAt(now, selectionStart, isBare));
    setAt(0);
  };
  const take = ({ text }: Completion): void => {
    const { from, word } = typing!;
    const isClosed = isBare || /^[^$]{0,60}\}\}/.test(value.slice(from + word.length));
    const put = `${text}${isClosed ? '' : ' }}'}`;
    onType(value.slice(0, from) + put + value.slice(from + word.length));
    setTyping(null);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(from + put.length, from + put.length);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt((at + step + offered.length) % offered.length);
    else if (event.key === 'Enter' || event.key === 'Tab') take(offered[at]!);
    else if (event.key === 'Escape') setTyping(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={styles.box}>
      <textarea
        {...input}
        ref={area}
        rows={rows}
        value={value}
        spellCheck={!isBare}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isOpen ? `${listId}-${at}` : undefined}
        onChange={(event) => {
          onType(event.target.value);
          look();
        }}
        onKeyDown={onKeyDown}
        onClick={look}
        onBlur={() => {
          setTyping(null);
          onDone();
        }}
      />
      <div id={listId} role="listbox" aria-label="Names" className={styles.list} hidden={!isOpen}>
        {offered.map((each, index) => (
          <div
            key={each.text}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === at}
            // A press must not take the focus away before it is one.
            onMouseDown={(event) => {
              event.preventDefault();
              take(each);
            }}
          >
            <code>{each.text}</code> <span>{each.about}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
