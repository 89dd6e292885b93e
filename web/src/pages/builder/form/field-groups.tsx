import type { DraftProblem } from '../../../../../src/client/drafts/draft-answer.ts';
import type { EditPlace } from '../../../../../src/definition/edit/edit.ts';
import type { JsonObject } from '../../../../../src/domain/json.ts';
import { safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { Button } from '../../../ui/button.tsx';
import { useBuilder } from '../builder-context.ts';
import { keysOf, type FieldGroup, type FieldOf } from './fields.ts';
import { ValueField } from './value-field.tsx';
import styles from './panel.module.css';

interface FieldGroupsProps {
  groups: readonly FieldGroup[];
  at: EditPlace;
  values: JsonObject;
  own: string | null;
  problems: readonly DraftProblem[];
  line: number;
  /** Keys that stand elsewhere on the panel. */
  known: readonly string[];
}

/** The fields of a task, a phase or the workflow; groups of which nothing is written are closed. */
export function FieldGroups({ groups, at, values, own, problems, line, known }: FieldGroupsProps) {
  const others = Object.keys(values).filter((key) => !keysOf(groups).includes(key) && !known.includes(key));
  const errorOf = ({ path }: FieldOf): string | undefined => {
    const found = problems.find(({ path: place = '' }) => afterTask(place)?.split(/[.[]/)[0] === path[0]);
    return found && safeText(found.detail);
  };
  return (
    <>
      {groups.map(({ title, fields }, index) => (
        <details
          key={`${JSON.stringify(at)} ${title}`}
          open={index === 0 || fields.some(({ path }) => values[path[0]] !== undefined)}
        >
          <summary>{title}</summary>
          <div className={styles.fields}>
            {fields
              .filter((field) => own === null || isOf(field, values))
              .map((field) => (
                <ValueField key={field.path.join('.')} {...{ field, at, values, own, line, error: errorOf(field) }} />
              ))}
          </div>
        </details>
      ))}
      {others.length > 0 && <Others {...{ keys: others, line }} />}
    </>
  );
}

// A task is done by an agent, a tool or a workflow: fields of what it is not stay away.
function isOf({ path: [key] }: FieldOf, values: JsonObject): boolean {
  const isTool = values['tool'] !== undefined;
  const isWorkflow = values['workflow'] !== undefined;
  if (key === 'input') return isTool;
  if (key === 'inputs') return isWorkflow;
  if (key === 'prompt' || key === 'profile') return !(isTool || isWorkflow) || values[key] !== undefined;
  if (key === 'tool' || key === 'workflow') return values[key] !== undefined || values['prompt'] === undefined;
  return true;
}

function Others({ keys, line }: { keys: readonly string[]; line: number }) {
  const { showLine } = useBuilder();
  return (
    <p className={styles.others}>
      Also written: {keys.map((key) => safeLine(key)).join(', ')}.{' '}
      <Button kind="quiet" onClick={() => showLine(line)}>
        See in the text
      </Button>
    </p>
  );
}

/** What of a path is behind its task or phase: `prompt` of `tasks[0].prompt`. */
function afterTask(path: string): string | undefined {
  return path.replace(/^(?:phases\[\d+\](?:\.tasks\[\d+\])?|tasks\[\d+\])\.?/, '');
}
