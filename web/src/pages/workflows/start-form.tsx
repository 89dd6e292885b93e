import { useEffect, useMemo, useRef, useState, type FormEvent } from 'react';
import { useLocation } from 'wouter';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { runs } from '../../api/service.ts';
import { useSend } from '../../api/use-ask.ts';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice, ProblemNotice } from '../../ui/notice.tsx';
import { Card, Loading } from '../../ui/surface.tsx';
import { fieldsOf, textsOf, valuesOf } from './input-fields.ts';
import { InputControl } from './input-control.tsx';
import { labelsOf, limitsOf, StartSettings, type Settings } from './start-settings.tsx';
import { Outlook } from './outlook.tsx';
import { inputOf, mistakesIn, useCheck, type Check, type Checked } from './use-check.ts';
import styles from './workflows.module.css';

interface StartFormProps {
  /** What is started: the name of a template, or a file. */
  file: string;
  inputs: JsonObject;
  /** What it would do as it stands there at first; null: inputs are missing. */
  first: Checked | null;
  /** What an earlier run was given, to begin with. */
  given?: JsonObject | undefined;
}

/** Asks for a workflow's inputs, says what it would do with them while they are written, and starts it. */
export function StartForm({ file, inputs, first, given }: StartFormProps) {
  const fields = useMemo(() => fieldsOf(inputs), [inputs]);
  const [texts, setTexts] = useState(() => textsOf(fields, given));
  const [settings, setSettings] = useState<Settings>({});
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const { values, wrongs } = useMemo(() => valuesOf(fields, texts), [fields, texts]);
  const { id, workspace } = settings;
  const { labels, wrong } = labelsOf(settings);
  const limits = limitsOf(settings);
  const body = { file, inputs: values, limits, ...(workspace && { workspace }) };
  const check = useCheck(Object.keys(wrongs).length > 0 ? null : body, first);
  const mistakes = mistakesIn(check.error);
  const isTried = touched.has('');
  const errors = { ...wrongs, ...errorsOf(mistakes, (name) => isTried || touched.has(name)) };
  const others = mistakes.filter((mistake) => inputOf(mistake) === null);
  const starting = useStart();
  const isRight = Object.keys(wrongs).length === 0 && wrong === null && check.error === null;
  const labelled = Object.keys(labels).length > 0 && { labels };
  // What was pressed is done once it is known whether it can be.
  const press = useOnceKnown(check.isBusy, () => {
    if (isRight) starting.send({ ...body, ...(id && { id }), ...labelled });
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTouched(new Set([...touched, '']));
    if (!starting.isBusy) press.press();
  };
  return (
    <form className={styles.start} noValidate onSubmit={submit}>
      <Card title={fields.length === 0 ? 'Start' : 'Inputs'}>
        {fields.length === 0 && <p className={styles.quiet}>It needs no inputs.</p>}
        {fields.map((field) => (
          <InputControl
            key={field.key}
            {...{ field, texts, errors }}
            onChange={(key, text) => {
              starting.reset();
              setTexts((before) => ({ ...before, [key]: text }));
              setTouched((before) => new Set([...before, field.name]));
            }}
          />
        ))}
        <StartSettings
          settings={settings}
          onChange={setSettings}
          plan={check.checked?.plan ?? null}
          errors={{ ...settingErrors(others), ...(wrong !== null && { labels: wrong }) }}
        />
      </Card>
      <Before check={check} others={others.filter((mistake) => !isOfSettings(mistake))} isTried={isTried}>
        <StartButton
          isBusy={starting.isBusy || press.isWaiting}
          why={isTried ? whyNotReady(mistakes.length, wrongs) : undefined}
        />
        {starting.error && <ProblemNotice error={starting.error} />}
      </Before>
    </form>
  );
}

/** Does something when it is pressed, or, while something is not known yet, once it is. */
export function useOnceKnown(isBusy: boolean, act: () => void): { press: () => void; isWaiting: boolean } {
  const [isWaiting, setWaiting] = useState(false);
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    if (!isWaiting || isBusy) return;
    setWaiting(false);
    latest.current();
  }, [isWaiting, isBusy]);
  return { press: () => setWaiting(true), isWaiting };
}

/** Starts a run, and goes to it. */
export function useStart() {
  const [, navigate] = useLocation();
  return useSend(async (options: JsonObject) => (await runs.start(options as never)).id, {
    about: ['/api/runs', '/api/workflows'],
    done: (id) => navigate(`/runs/${encodeURIComponent(id)}`),
  });
}

function StartButton({ isBusy, why }: { isBusy: boolean; why: string | undefined }) {
  const notAllowed = useWhyNot('run');
  return (
    <Button kind="primary" icon="play" type="submit" isBusy={isBusy} why={notAllowed ?? why}>
      Start
    </Button>
  );
}

interface BeforeProps {
  check: Check;
  others: ReturnType<typeof mistakesIn>;
  isTried: boolean;
  children: React.ReactNode;
}

/** What is known before a start, and the button. */
export function Before({ check: { checked, error, isBusy }, others, isTried, children }: BeforeProps) {
  const mistakes = mistakesIn(error);
  const waits = error !== null && mistakes.length > 0 && others.length === 0;
  return (
    <Card title="What it will do">
      <div aria-busy={isBusy}>
        {checked && <Outlook checked={checked} />}
        {!checked && isBusy && <Loading what="Looking at it" />}
        {!checked && waits && !isTried && (
          <p className={styles.quiet}>Fill in what is required, and this says what it will do and cost.</p>
        )}
      </div>
      {others.length > 0 && (
        <Notice kind="bad" title="It cannot be started like this.">
          <ul>
            {others.slice(0, 20).map(({ message, hint, line, path }, at) => (
              <li key={at}>{[line === null ? path : `line ${line}`, message, hint].filter(Boolean).join(' · ')}</li>
            ))}
          </ul>
        </Notice>
      )}
      {error && mistakes.length === 0 && <ProblemNotice error={error} />}
      <div className={styles.press}>{children}</div>
    </Card>
  );
}

function whyNotReady(mistakes: number, wrongs: object): string | undefined {
  const count = mistakes + Object.keys(wrongs).length;
  return count === 0 ? undefined : count === 1 ? 'one thing is wrong' : `${count} things are wrong`;
}

function errorsOf(mistakes: ReturnType<typeof mistakesIn>, isShown: (name: string) => boolean): Record<string, string> {
  const found = mistakes.flatMap((mistake): [string, string][] => {
    const name = inputOf(mistake);
    const text = mistake.code === 'missing-input' ? 'This is required.' : mistake.message;
    return name === null || !isShown(name) ? [] : [[name, text]];
  });
  return Object.fromEntries(found);
}

function isOfSettings({ path }: { path: string }): boolean {
  return /^(?:limits|workspace|id|labels)\b/.test(path);
}

function settingErrors(mistakes: ReturnType<typeof mistakesIn>): Record<string, string> {
  return Object.fromEntries(
    mistakes.filter(isOfSettings).map(({ path, message }) => [path.replace(/^limits\./, ''), message]),
  );
}
