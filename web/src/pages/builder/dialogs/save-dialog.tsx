import { useState, type FormEvent } from 'react';
import { HttpProblemError } from '../../../../../src/http-client/http-problem-error.ts';
import { askTagged, at as pathAt, transport } from '../../../api/service.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Field } from '../../../ui/field.tsx';
import { Notice, ProblemNotice } from '../../../ui/notice.tsx';
import { Diff } from '../../../untrusted/diff.tsx';
import { patchOf } from '../draft/patch.ts';

/** A file as it was read or written last. */
export interface SavedFile {
  path: string;
  text: string;
  tag: string | null;
}

interface SaveDialogProps {
  text: string;
  /** What is there as far as this page knows; null: it is of no file yet. */
  saved: SavedFile | null;
  /** What a new file could be called. */
  suggested: string;
  mistakes: number;
  onClose: () => void;
  onSaved: (file: SavedFile) => void;
  /** Takes the text that somebody else wrote in the place of this one. */
  onTake: (file: SavedFile) => void;
}

/** Shows what will differ, and writes the file; where somebody else wrote it meanwhile, shows what, and leaves the choice. */
export function SaveDialog({ text, saved, suggested, mistakes, onClose, onSaved, onTake }: SaveDialogProps) {
  const [path, setPath] = useState(saved?.path ?? suggested);
  const [theirs, setTheirs] = useState<SavedFile | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [isGone, setGone] = useState(false);
  const there = isGone ? null : (theirs ?? saved);
  const isNew = there === null;
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      onSaved(await write(path.trim(), { text, tag: there?.tag ?? null }));
    } catch (problem) {
      if (statusOf(problem) !== 412) setError(problem as Error);
      else await look(path.trim());
    } finally {
      setBusy(false);
    }
  };
  const look = async (named: string): Promise<void> => {
    try {
      setTheirs(await read(named));
      setGone(false);
    } catch (problem) {
      if (statusOf(problem) === 404) setGone(true);
      else setError(problem as Error);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!isBusy) void save();
  };
  return (
    <Dialog
      title={theirs ? 'Somebody else wrote it meanwhile' : isNew ? 'Save as a workflow file' : 'Save'}
      isOpen
      isWide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Not now</Button>
          {theirs && <Button onClick={() => onTake(theirs)}>Take theirs</Button>}
          <Button kind={theirs ? 'danger' : 'primary'} isBusy={isBusy} onClick={() => void save()}>
            {theirs ? 'Write mine over it' : 'Save'}
          </Button>
        </>
      }
    >
      {error && <ProblemNotice error={error} />}
      {theirs && (
        <Notice
          kind="warn"
          title={`${path} is another one by now. Below is what would be lost of it, and what is yours.`}
        />
      )}
      {isGone && <Notice kind="warn" title={`${path} was removed meanwhile. Save writes it anew.`} />}
      {mistakes > 0 && (
        <Notice
          kind="warn"
          title={`It has ${mistakes === 1 ? 'a mistake' : `${mistakes} mistakes`}, and cannot run as it is.`}
        />
      )}
      {saved === null && !theirs && (
        <Field label="File" hint="In a folder of the service that is there: workflows/review.yaml">
          {(input) => (
            <form onSubmit={submit}>
              <input {...input} value={path} onChange={(event) => setPath(event.target.value)} />
            </form>
          )}
        </Field>
      )}
      <Diff patch={patchOf(there?.text ?? '', text)} label="What will be written" />
    </Dialog>
  );
}

function statusOf(error: unknown): number | undefined {
  return error instanceof HttpProblemError ? error.problem.status : undefined;
}

async function write(path: string, { text, tag }: { text: string; tag: string | null }): Promise<SavedFile> {
  const { answer, response } = await transport.json<{ path: string; text: string }>({
    ...{ method: 'PUT', path: pathAt`/api/workflow-files/${path}`, body: { text } },
    headers: tag === null ? { 'If-None-Match': '*' } : { 'If-Match': tag },
  });
  return { ...answer, tag: response.headers.get('ETag') };
}

async function read(path: string): Promise<SavedFile> {
  const { answer, tag } = await askTagged<{ path: string; text: string }>(pathAt`/api/workflow-files/${path}`);
  return { ...answer, tag };
}
