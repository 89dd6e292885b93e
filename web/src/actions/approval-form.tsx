import { useEffect, useRef, useState } from 'react';
import type { WaitingDetail } from '../../../src/client/control/waiting-detail.ts';
import type { WaitingEntry } from '../../../src/client/runs.ts';
import type { JsonValue } from '../../../src/domain/json.ts';
import { at } from '../api/service.ts';
import { useWho } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import styles from './actions.module.css';
import { EditForm } from './edit-form.tsx';
import { post } from './post.ts';
import { useAnswer, type Answering } from './use-answer.ts';
import { askedKind, noWords, roleFor, whyNotDecide, whyNotEdit, yesWords } from './waiting-words.ts';

/** Which form of a card is open; null: none. */
export type OpenForm = 'reject' | 'edit' | null;

interface ApprovalFormProps extends Answering {
  detail: WaitingDetail | undefined;
  form: OpenForm;
  setForm: (form: OpenForm) => void;
}

interface Decision {
  decision: 'approve' | 'reject';
  comment?: string;
  edit?: JsonValue;
}

/** Yes, yes as changed, or no. */
export function ApprovalForm({ detail, form, setForm, ...card }: ApprovalFormProps) {
  const { entry } = card;
  const who = useWho();
  const { send, isBusy, error } = useAnswer(card, ({ decision, comment, edit }: Decision) => {
    const role = roleFor(entry, who);
    const said = { ...(comment !== undefined && comment !== '' && { comment }), ...(role !== undefined && { role }) };
    const changed = edit === undefined ? { seen: entry.edits ?? 0 } : { edit };
    const yes = decision === 'approve' ? changed : {};
    return post(at`/api/runs/${entry.runId}/approvals/${entry.id!}`, { decision, ...said, ...yes });
  });
  const why = whyNotDecide(entry, who);
  const isKnown = detail !== undefined;
  const { label, isGrave } = yesWords(entry, detail?.call ?? null);
  const canEdit = askedKind(entry) === 'start' || (askedKind(entry) === 'call' && detail?.call !== null);
  return (
    <>
      {form === null && (
        <div className={styles.buttons}>
          <Button
            data-first
            kind={isGrave ? 'danger' : 'primary'}
            isBusy={isBusy}
            why={why ?? (isKnown ? undefined : 'what it is about is on its way')}
            onClick={() => send({ decision: 'approve' })}
          >
            {label}
          </Button>
          {canEdit && (
            <Button why={why ?? whyNotEdit(entry, detail)} onClick={() => setForm('edit')}>
              Change it first
            </Button>
          )}
          <Button why={why} onClick={() => setForm('reject')}>
            Reject
          </Button>
          {why !== undefined && <span className={styles.hint}>{why}</span>}
        </div>
      )}
      {form === 'reject' && (
        <RejectForm
          {...{ isBusy, entry }}
          onCancel={() => setForm(null)}
          onReject={(comment) => send({ decision: 'reject', comment })}
        />
      )}
      {form === 'edit' && isKnown && whyNotEdit(entry, detail) !== undefined && (
        <div className={styles.buttons}>
          <span className={styles.hint}>It cannot be changed here: {whyNotEdit(entry, detail)}.</span>
          <Button kind="quiet" onClick={() => setForm(null)}>
            Back
          </Button>
        </div>
      )}
      {form === 'edit' && isKnown && whyNotEdit(entry, detail) === undefined && (
        <EditForm
          {...{ entry, detail, isBusy, isGrave }}
          onCancel={() => setForm(null)}
          onApprove={(edit, comment) => send({ decision: 'approve', edit, comment })}
        />
      )}
      {error && <ProblemNotice error={error} />}
    </>
  );
}

interface RejectFormProps {
  entry: WaitingEntry;
  isBusy: boolean;
  onReject: (comment: string) => void;
  onCancel: () => void;
}

function RejectForm({ entry, isBusy, onReject, onCancel }: RejectFormProps) {
  const [comment, setComment] = useState('');
  const reason = useRef<HTMLTextAreaElement>(null);
  useEffect(() => reason.current?.focus(), []);
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) onReject(comment);
      }}
    >
      <Field label="Why not" hint={noWords(entry)}>
        {(props) => (
          <textarea
            {...props}
            ref={reason}
            rows={3}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      <div className={styles.buttons}>
        <Button type="submit" kind="danger" isBusy={isBusy}>
          Reject
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          Back
        </Button>
      </div>
    </form>
  );
}
