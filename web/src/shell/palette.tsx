import { useDeferredValue, useState, type KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import type { RunPage } from '../../../src/client/runs.ts';
import { at } from '../api/service.ts';
import { useAsk } from '../api/use-ask.ts';
import { Dialog } from '../ui/dialog.tsx';
import { allCommands, type Command } from './commands.ts';
import styles from './palette.module.css';

/** Everything that can be gone to or done, found by typing: pages, commands of the page, runs by their id. */
export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Go to or do" isOpen={isOpen} onClose={onClose}>
      <Search onClose={onClose} />
    </Dialog>
  );
}

function Search({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [, navigate] = useLocation();
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const query = { limit: 50, ...(wanted.length > 1 && { search: wanted.slice(0, 200) }) };
  const runs = useAsk<RunPage>('/api/runs', { query, keepOld: true });
  const ofRuns = (runs.data?.runs ?? []).map(({ runId, workflow, status }): Command => ({
    title: runId,
    words: `run ${workflow} ${status}`,
    run: () => navigate(at`/runs/${runId}`),
  }));
  // Runs were looked for by the service, which knows more words of them.
  const meant = allCommands().filter((each) => isMeant(each, wanted));
  const matches = [...meant, ...ofRuns].slice(0, 12);
  const current = Math.min(chosen, matches.length - 1);
  const take = (command: Command | undefined): void => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') take(matches[current]);
    if (step !== undefined) setChosen(Math.max(0, Math.min(matches.length - 1, current + step)));
    if (step !== undefined || event.key === 'Enter') event.preventDefault();
  };
  return (
    <>
      <input
        autoFocus
        type="search"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette"
        aria-label="Page, command or run"
        aria-activedescendant={current >= 0 ? `palette-${current}` : undefined}
        placeholder="Page, command or run"
        value={text}
        onChange={({ target }) => (setText(target.value), setChosen(0))}
        onKeyDown={onKeyDown}
      />
      <div id="palette" role="listbox" aria-label="What was found" className={styles.list}>
        {matches.map((command, index) => (
          <div
            key={`${command.title} ${command.words ?? ''}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === current}
            onClick={() => take(command)}
          >
            {command.title} <span className={styles.words}>{command.words}</span>
          </div>
        ))}
      </div>
      {matches.length === 0 && !runs.isLoading && <p role="status">Nothing is called that.</p>}
    </>
  );
}

function isMeant({ title, words = '' }: Command, wanted: string): boolean {
  const all = `${title} ${words}`.toLowerCase();
  return wanted.split(/\s+/).every((word) => all.includes(word));
}
