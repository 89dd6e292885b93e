import { useBuilder } from '../builder-context.ts';
import { FieldGroups } from './field-groups.tsx';
import { workflowFields } from './fields.ts';
import { ProblemsOf } from './problems.tsx';
import styles from './panel.module.css';

/** The form of the workflow itself. */
export function WorkflowPanel() {
  const { outline, problems } = useBuilder();
  const found = problems.filter(({ at }) => at === null);
  return (
    <section className={styles.panel} aria-label="Workflow">
      <header className={styles.head}>
        <h2>Workflow</h2>
      </header>
      <ProblemsOf problems={found} />
      <FieldGroups
        {...{ groups: workflowFields, at: [], values: outline.values, own: null, problems: found, line: 1, known: [] }}
      />
    </section>
  );
}
