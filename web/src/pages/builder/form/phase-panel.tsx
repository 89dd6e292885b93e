import type { OutlinePhase } from '../../../../../src/definition/edit/outline.ts';
import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { Menu } from '../../../ui/surface.tsx';
import { useBuilder, problemsAt } from '../builder-context.ts';
import { FieldGroups } from './field-groups.tsx';
import { phaseFields } from './fields.ts';
import { ProblemsOf } from './problems.tsx';
import styles from './panel.module.css';

/** The form of a phase. */
export function PhasePanel({ phase, index }: { phase: OutlinePhase; index: number }) {
  const { edit, problems, outline, showLine, whyNot } = useBuilder();
  const { at, name, values, line } = phase;
  const found = problemsAt(problems, at);
  const why = whyNot ?? undefined;
  const move = (to: number): void => edit([{ do: 'move-phase', at, index: to }], ['phases', to]);
  return (
    <section className={styles.panel} aria-label={`Phase ${index + 1}`}>
      <header className={styles.head}>
        <h2>
          {index + 1}. {safeLine(name ?? '')}
        </h2>
        <Menu
          label="What can be done with the phase"
          items={[
            ...(index > 0 ? [{ label: 'Move up', why, run: () => move(index - 1) }] : []),
            ...(index < outline.phases.length - 1 ? [{ label: 'Move down', why, run: () => move(index + 1) }] : []),
            { label: 'Show in the text', icon: 'file', run: () => showLine(line) },
            {
              ...{ label: 'Delete phase and its tasks', icon: 'close', isDanger: true, why },
              run: () => edit([{ do: 'remove-phase', at }], []),
            },
          ]}
        />
      </header>
      <ProblemsOf problems={found} />
      <FieldGroups
        key={JSON.stringify(at)}
        {...{ groups: phaseFields, at, values, own: null, problems: found, line, known: [] }}
      />
    </section>
  );
}
