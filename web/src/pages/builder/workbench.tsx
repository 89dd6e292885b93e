import { useState } from 'react';
import { useLocation } from 'wouter';
import { at } from '../../api/service.ts';
import { useCommands } from '../../shell/commands.ts';
import { useKeys } from '../../shell/keys.tsx';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Loading, Menu, Page } from '../../ui/surface.tsx';
import { safeLine } from '../../../../src/domain/safe-text.ts';
import { BuilderContext } from './builder-context.ts';
import { Desk } from './desk.tsx';
import { download } from './draft/download.ts';
import { OpenDialog } from './dialogs/open-dialog.tsx';
import { RunDialog } from './dialogs/run-dialog.tsx';
import { SaveDialog } from './dialogs/save-dialog.tsx';
import type { DraftSource } from './draft/source.ts';
import { TextPane } from './text-pane.tsx';
import { useWorkbench, type Workbench as Bench } from './use-workbench.ts';
import styles from './workbench.module.css';

/** A draft on its desk, with what can be done with all of it. */
export function Workbench({ source }: { source: DraftSource }) {
  const bench = useWorkbench(source);
  const [, navigate] = useLocation();
  const [open, setOpen] = useState<'save' | 'run' | 'open' | null>(null);
  const whySave = useWhyNot('admin');
  const { draft, builder, saved, isChanged } = bench;
  const name = saved?.path ?? source.title;
  const give = (): void => download(saved?.path ?? 'workflow.yaml', draft.text);
  const save = (): void => (whySave === undefined ? setOpen('save') : give());
  useBuilderKeys(bench, save);
  useCommands([
    { title: 'Add task', words: 'builder new', run: bench.addTask },
    { title: 'Open a workflow', words: 'builder file template', run: () => setOpen('open') },
    { title: 'Add phase', words: 'builder new', run: bench.addPhase },
    { title: 'Download workflow', words: 'builder file yaml', run: give },
  ]);
  const errors = (builder?.problems ?? []).filter(({ severity }) => severity !== 'warning').length;
  return (
    <Page
      title={
        <>
          {safeLine(name)}
          {isChanged && <span className={styles.changed}>not saved</span>}
        </>
      }
      actions={
        <Actions
          {...{
            bench,
            whySave,
            onSave: save,
            onGive: give,
            onRun: () => setOpen('run'),
            onOpen: () => setOpen('open'),
          }}
        />
      }
    >
      <Told bench={bench} />
      {builder ? (
        <BuilderContext value={builder}>
          <Desk bench={bench} />
        </BuilderContext>
      ) : (
        <Unread bench={bench} />
      )}
      {open === 'save' && (
        <SaveDialog
          {...{ text: draft.text, saved, mistakes: errors, onClose: () => setOpen(null) }}
          suggested={`${source.title
            .replace(/^From /, '')
            .replace(/[^\w.-]+/g, '-')
            .toLowerCase()}.yaml`}
          onSaved={(file) => {
            bench.markSaved(file);
            setOpen(null);
            // From now on it is that file: what is loaded anew, or sent to somebody, is it, too.
            if (source.file === null) navigate(at`/builder?file=${file.path}`, { replace: true });
          }}
          onTake={(file) => {
            bench.takeOver(file);
            setOpen(null);
          }}
        />
      )}
      {open === 'open' && <OpenDialog onClose={() => setOpen(null)} />}
      {open === 'run' && (
        <RunDialog
          source={saved && !isChanged ? { file: saved.path } : { text: draft.text }}
          inputs={builder?.outline.values['inputs']}
          onClose={() => setOpen(null)}
        />
      )}
    </Page>
  );
}

interface ActionsProps {
  bench: Bench;
  whySave: string | undefined;
  onSave: () => void;
  onGive: () => void;
  onRun: () => void;
  onOpen: () => void;
}

function Actions({ bench, whySave, onSave, onGive, onRun, onOpen }: ActionsProps) {
  const { draft, builder, isChanged, saved } = bench;
  const noRun = useWhyNot('run');
  const errors = (builder?.problems ?? []).filter(({ severity }) => severity !== 'warning').length;
  const whyRun =
    noRun ?? (errors > 0 || !builder ? 'it has mistakes' : draft.isFresh ? undefined : 'it is being checked');
  const isSame = !isChanged && saved !== null;
  return (
    <>
      <Button kind="quiet" why={draft.canUndo ? undefined : 'nothing was changed'} onClick={draft.undo}>
        Undo
      </Button>
      <Button kind="quiet" why={draft.canRedo ? undefined : 'nothing was undone'} onClick={draft.redo}>
        Redo
      </Button>
      {whySave === undefined ? (
        <Button why={isSame ? 'nothing has changed' : undefined} onClick={onSave}>
          Save
        </Button>
      ) : (
        <Button onClick={onGive}>Download</Button>
      )}
      <Button kind="primary" icon="play" why={whyRun} onClick={onRun}>
        Run
      </Button>
      <Menu
        label="More"
        items={[
          { label: 'Open another workflow', icon: 'file', run: onOpen },
          { label: 'What it would do', run: () => bench.setTab('dry') },
          { label: 'Download as a file', icon: 'file', run: onGive },
        ]}
      />
    </>
  );
}

/** What stands between the draft and being edited. */
function Told({ bench: { draft, convert, setTab } }: { bench: Bench }) {
  const { answer, error, isFresh } = draft;
  if (error) return <ProblemNotice error={error} />;
  const whyNot = answer?.outline?.whyNot ?? null;
  if (whyNot !== null)
    return (
      <Notice kind="info" title={safeLine(whyNot)} action={<Button onClick={convert}>Convert</Button>}>
        Comments of the other form are not taken over.
      </Notice>
    );
  if (isFresh && answer && !answer.outline)
    return (
      <Notice
        kind="bad"
        title={`The text cannot be read: ${safeLine(answer.problems[0]?.detail ?? '')}`}
        action={<Button onClick={() => setTab('text')}>Go to the text</Button>}
      >
        The picture is that of the text before.
      </Notice>
    );
  return null;
}

/** A text of which nothing could be read yet: it is mended as text. */
function Unread({ bench: { draft, wanted } }: { bench: Bench }) {
  if (!draft.answer) return draft.error ? null : <Loading what="Reading the workflow" />;
  const problems = draft.isFresh ? draft.answer.problems : [];
  return (
    <div className={styles.alone}>
      <TextPane text={draft.text} isBusy={draft.isBusy} problems={problems} wanted={wanted} onType={draft.type} />
    </div>
  );
}

function useBuilderKeys({ addTask, addPhase, remove, draft }: Bench, save: () => void): void {
  useKeys({
    a: { label: 'Add a task', run: addTask },
    p: { label: 'Add a phase', run: addPhase },
    Delete: { label: 'Delete what is chosen', run: remove },
    'mod+z': { label: 'Undo', run: ({ shiftKey }) => (shiftKey ? draft.redo() : draft.undo()) },
    'mod+y': { label: 'Redo', run: draft.redo },
    'mod+s': { label: 'Save', run: save },
  });
}
