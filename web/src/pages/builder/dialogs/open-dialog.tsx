import { useState } from 'react';
import { Link } from 'wouter';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { useAsk } from '../../../api/use-ask.ts';
import { Dialog } from '../../../ui/dialog.tsx';
import { Field } from '../../../ui/field.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { Loading } from '../../../ui/surface.tsx';
import styles from './open-dialog.module.css';

interface Known {
  id: string;
  kind: 'template' | 'file';
  description: string;
}

const mostShown = 60;

/** What can be opened: workflow files of the service's folders, and templates to begin with. */
export function OpenDialog({ onClose }: { onClose: () => void }) {
  const { data, error } = useAsk<{ workflows: Known[] }>('/api/workflows');
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().toLowerCase();
  const found = (data?.workflows ?? [])
    .filter(
      ({ id, kind, description }) =>
        !/\.json$/i.test(kind === 'file' ? id : '') && `${id} ${description}`.toLowerCase().includes(wanted),
    )
    .toSorted((a, b) => (a.kind === b.kind ? 0 : a.kind === 'file' ? -1 : 1));
  return (
    <Dialog title="Open" isOpen isWide onClose={onClose}>
      <Field label="File or template">
        {(input) => <input {...input} type="search" value={typed} onChange={(event) => setTyped(event.target.value)} />}
      </Field>
      {error && <ProblemNotice error={error} />}
      {!data && !error && <Loading />}
      <ul className={styles.list}>
        <li>
          <Link href="/builder" onClick={onClose}>
            New workflow
          </Link>
        </li>
        {found.slice(0, mostShown).map(({ id, kind, description }) => (
          <li key={`${kind} ${id}`}>
            <Link href={`/builder?${new URLSearchParams({ [kind]: id }).toString()}`} onClick={onClose}>
              {safeLine(id)}
            </Link>
            <span>
              {kind === 'template' && 'Template. '}
              {safeLine(description)}
            </span>
          </li>
        ))}
      </ul>
      {found.length > mostShown && <p>And {found.length - mostShown} more: type to find them.</p>}
    </Dialog>
  );
}
