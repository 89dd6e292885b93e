import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { JsonObject, JsonValue } from '../../../../../src/domain/json.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { runs } from '../../../api/service.ts';
import { useSend } from '../../../api/use-ask.ts';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { ProblemNotice } from '../../../ui/notice.tsx';
import { InputControl } from '../../workflows/input-control.tsx';
import { fieldsOf, textsOf, valuesOf } from '../../workflows/input-fields.ts';

interface RunDialogProps {
  /** What is run: the file as it is saved, or this text. */
  source: { file: string } | { text: string };
  /** Its inputs as they are declared. */
  inputs: JsonValue | undefined;
  onClose: () => void;
}

/** Asks for the inputs and starts a run of the draft. */
export function RunDialog({ source, inputs, onClose }: RunDialogProps) {
  const [, navigate] = useLocation();
  const fields = useMemo(() => fieldsOf(isObject(inputs) ? inputs : {}), [inputs]);
  const [texts, setTexts] = useState(() => textsOf(fields));
  const [isTried, setTried] = useState(false);
  const { values, wrongs } = valuesOf(fields, texts);
  const { send, isBusy, error } = useSend(() => runs.start({ ...source, inputs: values }), {
    about: ['/api/runs'],
    done: ({ id }) => navigate(`/runs/${encodeURIComponent(id)}`),
  });
  const start = (): void => {
    setTried(true);
    if (Object.keys(wrongs).length === 0) send(undefined);
  };
  const words = 'file' in source ? `Runs ${safeLine(source.file)} as it is saved.` : 'Runs the text as it stands here.';
  return (
    <Dialog
      title="Run"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button kind="primary" icon="play" isBusy={isBusy} onClick={start}>
            Start run
          </Button>
        </>
      }
    >
      {error && <ProblemNotice error={error} />}
      <p>
        {words} {fields.length === 0 && 'It takes no inputs.'}
      </p>
      {fields.map((field) => (
        <InputControl
          key={field.key}
          {...{ field, texts, errors: isTried ? wrongs : {} }}
          onChange={(key, text) => setTexts((old) => ({ ...old, [key]: text }))}
        />
      ))}
    </Dialog>
  );
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
