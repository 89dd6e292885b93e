import { useState } from 'react';
import type { Edit, EditPlace } from '../../../../src/definition/edit/edit.ts';
import { ask } from '../../api/service.ts';
import { useAsk } from '../../api/use-ask.ts';
import { notify } from '../../shell/notices.tsx';
import type { Builder } from './builder-context.ts';
import type { SavedFile } from './dialogs/save-dialog.tsx';
import { choiceAt, chosenIn } from './selection.ts';
import { keptDraft, type DraftSource } from './draft/source.ts';
import { newPhase, newTask } from './task-moves.ts';
import { useChoice } from './use-choice.ts';
import { useDraft, type Draft } from './draft/use-draft.ts';
import { useKept } from './draft/use-kept.ts';

/** What the desk shows beside the picture. */
type DeskTab = 'form' | 'text' | 'problems' | 'list' | 'dry';

/** A line of the text to show; `nth` counts how often one was asked for. */
export interface WantedLine {
  line: number;
  nth: number;
  /** Whether somebody goes there, rather than that it is only to be seen. */
  goes: boolean;
}

/** A dependency of the picture. */
interface ChosenEdge {
  from: string;
  to: string;
}

/** A draft with all that is done to it. */
export interface Workbench {
  draft: Draft;
  /** Null until the text could be read once. */
  builder: Builder | null;
  saved: SavedFile | null;
  isChanged: boolean;
  tab: DeskTab;
  setTab: (tab: DeskTab) => void;
  wanted: WantedLine | null;
  edge: ChosenEdge | null;
  setEdge: (edge: ChosenEdge | null) => void;
  addTask: () => void;
  addPhase: () => void;
  remove: () => void;
  convert: () => void;
  markSaved: (file: SavedFile) => void;
  /** Takes another text as that which is saved. */
  takeOver: (file: SavedFile) => void;
}

/** Opens a draft: with what this tab kept of it, if it did. */
export function useWorkbench(source: DraftSource): Workbench {
  const [kept] = useState(() => keptDraft(source));
  const [saved, setSaved] = useState<SavedFile | null>(
    source.file === null ? null : { path: source.file, text: source.text, tag: source.tag },
  );
  const draft = useDraft(kept ?? source.text, saved?.path ?? null);
  const [tab, setTab] = useState<DeskTab>('form');
  const [wanted, setWanted] = useState<WantedLine | null>(null);
  const [edge, setEdge] = useState<ChosenEdge | null>(null);
  const base = saved?.text ?? source.text;
  useKept(source.key, { text: draft.text, base, wasKept: kept !== null });
  const builder = useBuilderOf(draft, {
    onEdit: () => setEdge(null),
    onChoose: (line) => {
      if (tab === 'text') setWanted((old) => ({ line, nth: (old?.nth ?? 0) + 1, goes: false }));
      else setTab('form');
    },
    showLine: (line) => {
      setTab('text');
      setWanted((old) => ({ line, nth: (old?.nth ?? 0) + 1, goes: true }));
    },
  });
  const acts = actsOn(builder, { edge, onAdd: () => setTab('form') });
  return {
    ...{ draft, builder, saved, tab, setTab, wanted, edge, setEdge, ...acts },
    isChanged: draft.text !== base,
    convert: () => void convert(draft, saved?.path),
    markSaved: (file) => {
      setSaved(file);
      notify({ kind: 'good', text: `${file.path} is saved.` });
    },
    takeOver: (file) => {
      setSaved(file);
      draft.type(file.text);
    },
  };
}

async function convert(draft: Draft, file: string | undefined): Promise<void> {
  try {
    const body = { text: draft.text, ...(file !== undefined && { file }) };
    draft.type((await ask<{ text: string }>('/api/drafts/convert', { method: 'POST', body })).text);
  } catch (error) {
    notify({ kind: 'bad', text: (error as Error).message });
  }
}

interface Hooks {
  onEdit: () => void;
  /** @param line where what is chosen begins */
  onChoose: (line: number) => void;
  showLine: (line: number) => void;
}

function useBuilderOf(draft: Draft, { onEdit, onChoose, showLine }: Hooks): Builder | null {
  const { outline, answer, isFresh } = draft;
  const { chosen, select } = useChoice(outline);
  const { data } = useAsk<{ agents: Builder['agents'] }>('/api/agents');
  if (!outline) return null;
  const choose = (choice: Record<string, string>): void => {
    select(choice);
    const chosenNow = chosenIn(outline, new URLSearchParams(choice));
    onChoose(chosenNow.kind === 'task' ? chosenNow.task.line : chosenNow.kind === 'phase' ? chosenNow.phase.line : 1);
  };
  const whyNot = answer?.outline ? answer.outline.whyNot : 'the text cannot be read as it is: mend it there first';
  return {
    ...{ outline, chosen, whyNot, showLine, agents: data?.agents ?? [] },
    problems: isFresh ? answer!.problems : [],
    choose: (place) => choose(choiceAt(outline, place)),
    chooseTask: (id) => choose({ task: id }),
    edit: (edits: Edit[], then?: EditPlace) => {
      onEdit();
      void draft.edit(edits).then((next) => next && then && select(choiceAt(next.outline, then)));
    },
  };
}

function actsOn(
  builder: Builder | null,
  { edge, onAdd }: { edge: ChosenEdge | null; onAdd: () => void },
): Pick<Workbench, 'addTask' | 'addPhase' | 'remove'> {
  const nothing = (): void => undefined;
  if (!builder || builder.whyNot !== null) return { addTask: nothing, addPhase: nothing, remove: nothing };
  const { outline, chosen, edit } = builder;
  const add = ({ edit: added, at }: { edit: Edit; at: EditPlace }): void => {
    edit([added], at);
    onAdd();
  };
  const phase = chosen.kind === 'phase' ? chosen.index : null;
  return {
    addTask: () => add(newTask(outline, chosen.kind === 'task' ? chosen.task : null, phase)),
    addPhase: () => add(newPhase(outline, phase)),
    remove: () => {
      const target = edge && outline.tasks.find(({ id }) => id === edge.to);
      if (edge && target) edit([{ do: 'disconnect', at: target.at, task: edge.from }], target.at);
      else if (chosen.kind === 'task') edit([{ do: 'remove-task', at: chosen.task.at }], []);
      else if (chosen.kind === 'phase') edit([{ do: 'remove-phase', at: chosen.phase.at }], []);
    },
  };
}
