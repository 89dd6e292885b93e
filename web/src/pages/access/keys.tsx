import { useState, type FormEvent } from 'react';
import type { KeyView } from '../../../../src/client/access/keys.ts';
import { scopes, type Scope } from '../../../../src/domain/access/scope.ts';
import { ask, at } from '../../api/service.ts';
import { useAsk, useSend } from '../../api/use-ask.ts';
import { useWho, useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Ago } from '../../ui/measures.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Loading } from '../../ui/surface.tsx';
import { SecretNote } from './secret-note.tsx';

/** Keys of programs, and of pages like this one. */
export function Keys() {
  const why = useWhyNot('admin');
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<string | null>(null);
  const { data, error, isLoading } = useAsk<{ keys: KeyView[] }>(why === undefined ? '/api/keys' : null);
  if (why !== undefined) return <p>Who looks at keys {why}.</p>;
  const live = data?.keys.filter((key) => key.revokedAt === null) ?? [];
  const pages = live.filter(({ isPage }) => isPage);
  return (
    <>
      {error && <ProblemNotice error={error} />}
      {isLoading && <Loading />}
      {made !== null && <SecretNote what="The new key" secret={made} />}
      <div>
        <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
          New key
        </Button>
      </div>
      <KeyTable label="Keys" keys={live.filter(({ isPage }) => !isPage)} empty="No program has a key." />
      {pages.length > 0 && (
        <details>
          <summary>Pages of the dashboard that are let in ({pages.length})</summary>
          <KeyTable label="Pages" keys={pages} />
        </details>
      )}
      <Dialog title="New key" isOpen={isAdding} onClose={() => setAdding(false)}>
        <NewKey onDone={(key) => (setMade(key), setAdding(false))} />
      </Dialog>
    </>
  );
}

function KeyTable({ label, keys, empty }: { label: string; keys: readonly KeyView[]; empty?: string }) {
  return (
    <DataTable
      label={label}
      rows={keys}
      empty={empty}
      rowKey={({ id }) => id}
      columns={[
        {
          id: 'name',
          title: 'Name',
          cell: ({ name, prefix }) => (
            <>
              {name} <code>{prefix}</code>
            </>
          ),
        },
        { id: 'scopes', title: 'May', cell: ({ scopes: granted }) => granted.join(', ') },
        {
          id: 'roles',
          title: 'As',
          rank: 2,
          cell: ({ roles }) => roles.map((role) => (role === '*' ? 'any role' : role)).join(', ') || '–',
        },
        {
          id: 'used',
          title: 'Last used',
          rank: 2,
          cell: ({ lastUsedAt }) => (lastUsedAt ? <Ago at={lastUsedAt} /> : 'never'),
        },
        {
          id: 'ends',
          title: 'Ends',
          rank: 3,
          cell: ({ expiresAt }) => (expiresAt ? <Ago at={expiresAt} /> : 'when it is revoked'),
        },
        { id: 'do', title: '', cell: (key) => <Revoke key={key.id} entry={key} /> },
      ]}
    />
  );
}

function Revoke({ entry: { id, name } }: { entry: KeyView }) {
  const [isAsking, setAsking] = useState(false);
  const revoke = useSend(() => ask(at`/api/keys/${id}`, { method: 'DELETE' }), { about: ['/api/keys'] });
  return (
    <>
      <Button kind="quiet" isBusy={revoke.isBusy} onClick={() => setAsking(true)}>
        Revoke …
      </Button>
      {revoke.error && <ProblemNotice error={revoke.error} />}
      <Dialog
        title={`Revoke the key ${name}?`}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        actions={
          <Button kind="danger" onClick={() => (setAsking(false), revoke.send(undefined))}>
            Revoke it
          </Button>
        }
      >
        <p>Whoever uses it is refused from now on, and its streams end.</p>
      </Dialog>
    </>
  );
}

function NewKey({ onDone }: { onDone: (key: string) => void }) {
  const who = useWho();
  const [name, setName] = useState('');
  const [granted, setGranted] = useState<Scope[]>(['run']);
  const [roles, setRoles] = useState('');
  const [days, setDays] = useState('');
  const make = useSend(
    () => {
      const named = roles.split(',').flatMap((role) => role.trim() || []);
      const lasts = days === '' ? {} : { lastsMs: Math.round(Number(days) * 86_400_000) };
      const body = { ...(name !== '' && { name }), scopes: granted, roles: named, ...lasts };
      return ask<{ key: string }>('/api/keys', { method: 'POST', body });
    },
    { about: ['/api/keys'], done: ({ key }) => onDone(key) },
  );
  const toggle = (scope: Scope): void =>
    setGranted(granted.includes(scope) ? granted.filter((each) => each !== scope) : [...granted, scope]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    make.send(undefined);
  };
  return (
    <form onSubmit={submit} style={{ display: 'contents' }}>
      <Field label="Name" hint="What approvals and the audit call it.">
        {(props) => (
          <input {...props} value={name} placeholder={who.name} onChange={({ target }) => setName(target.value)} />
        )}
      </Field>
      <fieldset>
        <legend>It may</legend>
        {scopes.map((scope) => (
          <label key={scope} style={{ display: 'flex', gap: '0.5rem', minHeight: '1.75rem', alignItems: 'center' }}>
            <input type="checkbox" checked={granted.includes(scope)} onChange={() => toggle(scope)} />
            {scope}
          </label>
        ))}
      </fieldset>
      <Field label="Roles" hint="In which it approves, with commas between them.">
        {(props) => <input {...props} value={roles} onChange={({ target }) => setRoles(target.value)} />}
      </Field>
      <Field
        label="Days"
        hint="Left out: as long as this page's own key. `gaffer keys create` makes keys that last longer."
      >
        {(props) => (
          <input
            {...props}
            type="number"
            min="0.01"
            step="any"
            value={days}
            onChange={({ target }) => setDays(target.value)}
          />
        )}
      </Field>
      {make.error && <ProblemNotice error={make.error} />}
      <Button
        kind="primary"
        type="submit"
        isBusy={make.isBusy}
        why={granted.length === 0 ? 'it may do nothing' : undefined}
      >
        Make the key
      </Button>
    </form>
  );
}
