import { useId, useState } from 'react';
import { useLocation } from 'wouter';
import { ask } from '../../api/service.ts';
import { useSend } from '../../api/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { fieldsOf, IssueFields, toChange, type IssueTexts } from './issue-fields.tsx';
import { pathOf, type WholeIssue } from './types.ts';
import styles from './issues.module.css';

interface NewIssueProps {
  isOpen: boolean;
  onClose: () => void;
  /** The board that is looked at; empty: all. */
  board: string;
  boards: readonly string[];
}

/** Adds an issue to a board, new or known. */
export function NewIssue({ isOpen, onClose, board, boards }: NewIssueProps) {
  const [, navigate] = useLocation();
  const [named, setNamed] = useState<string | null>(null);
  const [texts, setTexts] = useState<IssueTexts>(fieldsOf(null));
  const list = useId();
  const where = named ?? (board || boards[0] || '');
  const adding = useSend((body: object) => ask<WholeIssue>('/api/issues', { method: 'POST', body }), {
    about: ['/api/issues', '/api/boards'],
    done: (made) => {
      setTexts(fieldsOf(null));
      onClose();
      navigate(pathOf(made));
    },
  });
  const isWhole = where.trim() !== '' && texts.title.trim() !== '';
  return (
    <Dialog
      title="New issue"
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="primary"
            isBusy={adding.isBusy}
            why={isWhole ? undefined : 'it needs a board and a title'}
            onClick={() => adding.send({ board: where.trim(), ...toChange(texts, fieldsOf(null)) })}
          >
            Add it
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <IssueFields texts={texts} onChange={setTexts} />
        <Field label="Board" hint="A run has one that is called as it is">
          {(props) => (
            <>
              <input
                {...props}
                list={list}
                autoComplete="off"
                value={where}
                onChange={(event) => setNamed(event.target.value)}
              />
              <datalist id={list}>
                {boards.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </datalist>
            </>
          )}
        </Field>
        {adding.error && <ProblemNotice error={adding.error} />}
      </div>
    </Dialog>
  );
}
