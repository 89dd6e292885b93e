import { useState, type FormEvent } from 'react';
import { useWhyNot } from '../../shell/session.tsx';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { ProblemNotice } from '../../ui/notice.tsx';
import { Card } from '../../ui/surface.tsx';
import { Before, useOnceKnown, useStart } from './start-form.tsx';
import { limitsOf } from './start-settings.tsx';
import { mistakesIn, useCheck } from './use-check.ts';
import styles from './workflows.module.css';

/** Starts something from a sentence: a manager splits it among agents that fit. */
export function Describe() {
  const [task, setTask] = useState('');
  const [usd, setUsd] = useState('');
  const [approvePlan, setApprovePlan] = useState(true);
  const notAllowed = useWhyNot('run');
  const starting = useStart();
  const isWritten = task.trim().length > 2;
  const body = { task: task.trim(), approvePlan, limits: limitsOf({ usd }) };
  const check = useCheck(isWritten ? body : null);
  const mistakes = mistakesIn(check.error);
  const why = notAllowed ?? (isWritten ? undefined : 'say what should be done');
  const press = useOnceKnown(check.isBusy, () => {
    if (check.error === null) starting.send(body);
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (why === undefined && !starting.isBusy) press.press();
  };
  const button = (
    <Button kind="primary" icon="play" type="submit" isBusy={starting.isBusy || press.isWaiting} why={why}>
      Start
    </Button>
  );
  return (
    <form noValidate onSubmit={submit} className={isWritten ? styles.start : undefined}>
      <Card title="Describe what should be done">
        <Field label="Task" hint="A manager splits it among agents that fit.">
          {(props) => (
            <textarea
              {...props}
              className={styles.growing}
              rows={2}
              placeholder="Find out why the nightly build is slow, and propose what to change."
              value={task}
              onChange={(event) => setTask(event.target.value)}
            />
          )}
        </Field>
        {isWritten ? (
          <>
            <Field label="Budget in USD" hint="The most that it may cost">
              {(props) => (
                <input
                  {...props}
                  autoComplete="off"
                  placeholder={check.checked ? String(check.checked.plan.limits.usd) : ''}
                  value={usd}
                  onChange={(event) => setUsd(event.target.value)}
                />
              )}
            </Field>
            <label className={styles.check}>
              <input type="checkbox" checked={approvePlan} onChange={() => setApprovePlan(!approvePlan)} />
              Ask me before what it was split into begins
            </label>
          </>
        ) : (
          <div>{button}</div>
        )}
      </Card>
      {isWritten && (
        <Before check={check} others={mistakes} isTried={false}>
          {button}
          {starting.error && <ProblemNotice error={starting.error} />}
        </Before>
      )}
    </form>
  );
}
