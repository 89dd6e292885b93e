import { useState } from 'react';
import { ask } from '../../api/service.ts';
import { askAnew, useSend } from '../../api/use-ask.ts';
import { notify } from '../../shell/notices.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { fieldsOf, IssueFields, toChange, type IssueTexts } from './issue-fields.tsx';
import { priorities, type WholeIssue } from './types.ts';
import type { SeenIssue } from './use-issue.ts';
import styles from './issues.module.css';

interface EditIssueProps {
  path: string;
  /** As it was when the form was opened. */
  first: SeenIssue;
  /** As it is now. */
  now: SeenIssue;
  onClose: () => void;
}

/** Changes an issue as it was seen. Where somebody else changed it meanwhile, both changes are shown, and nothing is lost. */
export function EditIssue({ path, first, now, onClose }: EditIssueProps) {
  const [base, setBase] = useState(first);
  const [texts, setTexts] = useState<IssueTexts>(fieldsOf(first.answer));
  const mine = toChange(texts, fieldsOf(base.answer));
  const theirs = now.tag === base.tag ? [] : differences(base.answer, now.answer);
  const saving = useSend(
    (change: object) =>
      ask<WholeIssue>(path, { method: 'PATCH', body: change, headers: { 'If-Match': base.tag ?? '*' } }),
    {
      about: [path, '/api/issues'],
      done: () => {
        notify({ kind: 'good', text: `Issue #${first.answer.number} is saved.` });
        onClose();
      },
    },
  );
  const isConflict = (saving.error as (Error & { status?: number }) | null)?.status === 412;
  // What I did not touch becomes theirs; what both changed stays mine, and is shown.
  const takeIn = (): void => {
    const was = fieldsOf(base.answer);
    const is = fieldsOf(now.answer);
    const kept = Object.keys(was).map((key) => {
      const field = key as keyof IssueTexts;
      return [field, texts[field] === was[field] ? is[field] : texts[field]];
    });
    setTexts(Object.fromEntries(kept) as IssueTexts);
    setBase(now);
    saving.reset();
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (Object.keys(mine).length === 0) onClose();
        else saving.send(mine);
      }}
    >
      {theirs.length > 0 && (
        <Notice
          kind="warn"
          title="Somebody changed this issue meanwhile."
          action={<Button onClick={takeIn}>Keep both</Button>}
        >
          <ul>
            {theirs.map(({ what, from, to, isMine }) => (
              <li key={what}>
                {what}: <del>{from || 'none'}</del> → <ins>{to || 'none'}</ins>
                {isMine(mine) && ' — you changed this, too: yours would win'}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {isConflict && theirs.length === 0 && (
        <Notice
          kind="warn"
          title="Somebody changed this issue meanwhile."
          action={<Button onClick={() => askAnew(path)}>Look again</Button>}
        />
      )}
      <IssueFields texts={texts} onChange={setTexts} />
      {saving.error && !isConflict && <ProblemNotice error={saving.error} />}
      <div className={styles.actions}>
        <Button
          kind="primary"
          type="submit"
          isBusy={saving.isBusy}
          why={theirs.length > 0 ? 'look at the other change first' : undefined}
        >
          Save
        </Button>
        <Button onClick={onClose}>Discard</Button>
      </div>
    </form>
  );
}

interface Difference {
  what: string;
  from: string;
  to: string;
  isMine: (mine: object) => boolean;
}

/** What is otherwise in the second than in the first. */
function differences(before: WholeIssue, after: WholeIssue): Difference[] {
  const texts = (issue: WholeIssue): Record<string, string> => ({
    ...fieldsOf(issue),
    ...{ priority: priorities[issue.priority]!, status: issue.status, assignee: issue.assignee ?? '' },
    ...{
      comments: `${issue.comments.length} remarks`,
      answer: issue.answer ?? '',
      blockReason: issue.blockReason ?? '',
    },
  });
  const [from, to] = [texts(before), texts(after)];
  return Object.keys(from)
    .filter((key) => from[key] !== to[key])
    .map((key) => ({
      what: words[key] ?? key,
      from: from[key]!,
      to: to[key]!,
      isMine: (mine) => Object.hasOwn(mine, key),
    }));
}

const words: Readonly<Record<string, string>> = {
  ...{ title: 'Title', description: 'Description', priority: 'Priority', labels: 'Labels', dependsOn: 'Waits for' },
  ...{ status: 'State', assignee: 'Who has it', comments: 'Remarks', answer: 'Answer', blockReason: 'What blocks it' },
};
