import type { ReactNode } from 'react';
import type { GafferError } from '../../../src/domain/errors.ts';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';
import styles from './notice.module.css';

type Kind = 'bad' | 'warn' | 'info' | 'good';
const icons: Readonly<Record<Kind, IconName>> = { bad: 'warning', warn: 'warning', info: 'info', good: 'check' };

interface NoticeProps {
  kind: Kind;
  title: ReactNode;
  /** What helps, as a button or a link. */
  action?: ReactNode;
  children?: ReactNode;
}

/** Something that has to be known here. */
export function Notice({ kind, title, action, children }: NoticeProps) {
  return (
    <div className={`${styles.notice} ${styles[kind]}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <Icon name={icons[kind]} />
      <div className={styles.text}>
        <div className={styles.title}>{title}</div>
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  );
}

/** What went wrong, in the words of whoever said no, with all that was wrong at once. */
export function ProblemNotice({ error, action }: { error: Error; action?: ReactNode }) {
  const { problem, diagnostics } = error as Error & {
    problem?: { errors?: readonly { pointer?: string; detail: string }[] };
    diagnostics?: readonly { message: string; line: number | null; path: string; hint: string | null }[];
  };
  const lines =
    diagnostics?.map(({ message, line, path, hint }) =>
      [line === null ? path : `line ${line}`, message, hint].filter(Boolean).join(' · '),
    ) ?? problem?.errors?.map(({ pointer, detail }) => [pointer, detail].filter(Boolean).join(': '));
  return (
    <Notice kind="bad" title={titleOf(error as GafferError, lines)} action={action}>
      {lines && lines.length > 0 && (
        <ul>
          {lines.slice(0, 50).map((line, at) => (
            <li key={at}>{line}</li>
          ))}
        </ul>
      )}
    </Notice>
  );
}

/** What could not be read, and a way to ask for it again. */
export function AskAgain({ error, refetch }: { error: Error; refetch: () => void }) {
  return <ProblemNotice error={error} action={<Button onClick={refetch}>Ask again</Button>} />;
}

/** A list below says the same again where the message is made of it. */
function titleOf(error: GafferError, lines: readonly string[] | undefined): string {
  const isRepeated = lines !== undefined && lines.length > 1 && error.message.length > 200;
  return isRepeated ? `${lines.length} things are wrong` : error.message || 'It did not work, and nothing says why.';
}
