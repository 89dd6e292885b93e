import { Suspense, useEffect, useState } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { IconButton } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Empty, Loading, Menu, type MenuItem } from '../ui/surface.tsx';
import { useCommands } from './commands.ts';
import { Failing } from './failing.tsx';
import { KeyHelp } from './key-help.tsx';
import { listenForKeys, useKeys, type KeyBindings } from './keys.tsx';
import { Notices, notify } from './notices.tsx';
import { pages, type PageEntry } from './pages.ts';
import { Palette } from './palette.tsx';
import { ask } from '../api/service.ts';
import { useWho } from './session.tsx';
import { useTheme } from './theme.ts';
import styles from './frame.module.css';

const inNav = pages.filter((page) => page.nav);
const groups = ['work', 'make', 'run'] as const;

/** What stands around every page: where one is, where one can go, and who one is. */
export function Frame() {
  const [path, navigate] = useLocation();
  const [open, setOpen] = useState<'palette' | 'keys' | 'menu' | null>(null);
  // What closes as another opens takes only itself away.
  const close = (which: 'palette' | 'keys') => (): void => setOpen((now) => (now === which ? null : now));
  useEffect(listenForKeys, []);
  useEffect(() => {
    setOpen(null);
    document.getElementById('main')?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  useKeys({
    'mod+k': { label: 'Go to or do', run: () => setOpen('palette') },
    '?': { label: 'What keys do here', run: () => setOpen('keys') },
    ...goKeys(navigate),
  });
  useCommands([
    ...inNav.map(({ path: to, nav }) => ({ title: nav!.title, words: 'page', run: () => navigate(to) })),
    { title: 'Compare runs', words: 'page', run: () => navigate('/compare') },
    { title: 'Start a workflow', words: 'new run', run: () => navigate('/workflows') },
  ]);
  return (
    <div className={styles.frame} data-open={open === 'menu' || undefined}>
      <a className="visually-hidden" href="#main">
        To the content
      </a>
      <header className={styles.bar}>
        <IconButton
          label="Menu"
          icon="menu"
          aria-expanded={open === 'menu'}
          onClick={() => setOpen(open === 'menu' ? null : 'menu')}
        />
        <Link href="/" className={styles.name}>
          <img src="/icon.svg" alt="" width="22" height="22" /> Gaffer
        </Link>
        <button
          type="button"
          className={styles.search}
          aria-label="Go to or do Ctrl K"
          onClick={() => setOpen('palette')}
        >
          <Icon name="search" /> <span>Go to or do</span> <kbd>Ctrl K</kbd>
        </button>
        <Account onKeys={() => setOpen('keys')} />
      </header>
      <nav className={styles.nav} aria-label="Pages">
        {groups.map((group) => (
          <ul key={group}>
            {inNav
              .filter(({ nav }) => nav!.group === group)
              .map((page) => (
                <NavEntry key={page.path} page={page} path={path} />
              ))}
          </ul>
        ))}
      </nav>
      <main id="main" className={styles.main} tabIndex={-1}>
        <Failing key={path}>
          <Suspense fallback={<Loading />}>
            <Switch>
              {pages.map(({ path: pattern, Page }) => (
                <Route key={pattern} path={pattern}>
                  <Page />
                </Route>
              ))}
              <Route>
                <Empty title="There is no such page.">
                  <Link href="/">Home</Link>
                </Empty>
              </Route>
            </Switch>
          </Suspense>
        </Failing>
      </main>
      <Notices />
      <Palette isOpen={open === 'palette'} onClose={close('palette')} />
      <KeyHelp isOpen={open === 'keys'} onClose={close('keys')} />
    </div>
  );
}

function NavEntry({ page: { path: to, nav }, path }: { page: PageEntry; path: string }) {
  const isHere = to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
  return (
    <li>
      <Link href={to} aria-current={isHere ? 'page' : undefined}>
        <Icon name={nav!.icon} /> {nav!.title}
      </Link>
    </li>
  );
}

function Account({ onKeys }: { onKeys: () => void }) {
  const { name, tenant, scopes } = useWho();
  const [theme, setTheme] = useTheme();
  const signOut = async (): Promise<void> => {
    try {
      await ask('/api/session', { method: 'DELETE' });
      location.reload();
    } catch (error) {
      notify({ kind: 'bad', text: `You are still signed in: ${(error as Error).message}` });
    }
  };
  const isDark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  const looks: MenuItem[] = [
    {
      label: isDark ? 'Light colours' : 'Dark colours',
      icon: isDark ? 'sun' : 'moon',
      run: () => setTheme(isDark ? 'light' : 'dark'),
    },
    {
      label: 'Colours of the system',
      icon: 'sun',
      why: theme === 'auto' ? 'they are shown' : undefined,
      run: () => setTheme('auto'),
    },
  ];
  useCommands([
    ...looks
      .filter(({ why }) => why === undefined)
      .map(({ label, run }) => ({ title: label, words: 'appearance theme', run })),
    { title: 'Keys of the keyboard', words: 'help shortcuts', run: onKeys },
    { title: 'Sign out', words: name, run: () => void signOut() },
  ]);
  return (
    <Menu
      label="Account and appearance"
      items={[
        ...looks,
        { label: 'Keys', icon: 'keyboard', run: onKeys },
        { label: 'Sign out', icon: 'access', run: () => void signOut() },
      ]}
    >
      <Icon name="agents" />
      <span className={styles.who}>
        {name}
        {tenant !== 'default' && ` · ${tenant}`}
        {!scopes.includes('admin') && ` · ${scopes.join(', ')}`}
      </span>
    </Menu>
  );
}

/** `g` and a letter go to a page: the first letter of its title that no page before it has. */
function goKeys(navigate: (path: string) => void): KeyBindings {
  const keys: Record<string, KeyBindings[string]> = {};
  for (const { path, nav } of inNav) {
    const letter = [...nav!.title.toLowerCase()].find((each) => /[a-z]/.test(each) && !(`g ${each}` in keys));
    if (letter !== undefined) keys[`g ${letter}`] = { label: `To ${nav!.title}`, run: () => navigate(path) };
  }
  return keys;
}
