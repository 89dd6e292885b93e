import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import { hasScope, type Scope } from '../../../src/domain/access/scope.ts';
import { ask } from '../api/service.ts';
import { asked, useAsk } from '../api/use-ask.ts';
import { Button } from '../ui/button.tsx';
import { Loading } from '../ui/surface.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { Icon } from '../ui/icon.tsx';
import styles from './session.module.css';

/** Who looks at the page. */
export interface Who {
  name: string;
  tenant: string;
  scopes: Scope[];
  roles: string[];
}

const sessionPath = '/api/session';
const Known = createContext<Who | null>(null);

/** Who looks. */
export function useWho(): Who {
  return use(Known)!;
}

/** Why whoever looks may not do what needs a scope; undefined: it may. */
export function useWhyNot(scope: Scope): string | undefined {
  const { scopes } = useWho();
  return hasScope(scopes, scope) ? undefined : `needs a key with the scope ${scope}`;
}

/** The code of the link that opened the page; it is good for once, and is taken out of the address at once. */
const code = new URLSearchParams(location.hash.slice(1)).get('code');
if (code !== null) history.replaceState(null, '', location.pathname + location.search);
const swapped: Promise<unknown> | undefined =
  code === null ? undefined : ask(sessionPath, { method: 'POST', body: { code } });
// A link that is opened where the page is already changes nothing but what stands behind the #.
window.addEventListener('hashchange', () => location.hash.startsWith('#code=') && location.reload());
// What came of it is looked at below; until then it is nobody's.
swapped?.catch(() => undefined);

/** Whether an answer was that nobody is known who asks so. */
function isNobody(error: Error | null): boolean {
  return (error as (Error & { problem?: { status: number } }) | null)?.problem?.status === 401;
}

/** Shows what is within to whoever is let in, and to everybody else how to get in. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [first, setFirst] = useState<'swapping' | 'done' | Error>(swapped ? 'swapping' : 'done');
  useEffect(() => {
    swapped?.then(
      () => setFirst('done'),
      (error: Error) => setFirst(error),
    );
  }, []);
  const { data, error, refetch } = useAsk<Who>(first === 'swapping' ? null : sessionPath);
  const isUnknown = error !== null && isNobody(error);
  // A session that has ended leads to the door, whichever question hears of it first.
  useEffect(
    () =>
      asked.getQueryCache().subscribe(({ query: { queryKey, state } }) => {
        if (queryKey[0] !== sessionPath && isNobody(state.error))
          void asked.refetchQueries({ queryKey: [sessionPath] });
      }),
    [],
  );
  if (data && !isUnknown) return <Known value={data}>{children}</Known>;
  if (!error) return <Loading what="Signing in" />;
  return (
    <main className={styles.door}>
      <h1>
        <img src="/icon.svg" alt="" width="32" height="32" /> Gaffer
      </h1>
      {isUnknown ? (
        <>
          <p>This page opens with a link that is good for one browser and one minute. In a terminal:</p>
          <pre className={styles.command}>gaffer dashboard</pre>
          {first instanceof Error && (
            <p role="alert">
              <Icon name="warning" /> The link that was opened has been used, or its minute is over.
            </p>
          )}
        </>
      ) : (
        <ProblemNotice error={error} action={<Button onClick={refetch}>Try again</Button>} />
      )}
    </main>
  );
}
