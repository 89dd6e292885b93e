import { safeLine } from '../../../../../src/domain/safe-text.ts';
import { useBuilder, problemsAt } from '../builder-context.ts';
import styles from './task-list.module.css';

/** Everything of the draft as a list: the picture for the keyboard, for small windows, and for what is folded there. */
export function TaskList() {
  const { outline, chosen, choose, chooseTask, problems } = useBuilder();
  const groups = [...outline.phases.map((phase, index) => ({ phase, index })), { phase: null, index: null }];
  return (
    <nav aria-label="Phases and tasks" className={styles.list}>
      <button type="button" aria-current={chosen.kind === 'workflow'} onClick={() => choose(null)}>
        Workflow
      </button>
      {groups.map(({ phase, index }) => (
        <div key={index ?? 'none'}>
          {phase && (
            <button
              type="button"
              className={styles.phase}
              aria-current={chosen.kind === 'phase' && chosen.index === index}
              onClick={() => choose(phase.at)}
            >
              {index! + 1}. {safeLine(phase.name ?? 'Without a name')}
            </button>
          )}
          <ul>
            {outline.tasks
              .filter((task) => task.phase === index)
              .map((task) => (
                <li key={JSON.stringify(task.at)}>
                  <button
                    type="button"
                    aria-current={chosen.kind === 'task' && chosen.task.id === task.id}
                    onClick={() => chooseTask(task.id)}
                  >
                    {safeLine(task.id)}
                    <Count of={problemsAt(problems, task.at).length} />
                  </button>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Count({ of }: { of: number }) {
  return of === 0 ? null : <span className={styles.bad}>{of === 1 ? '1 problem' : `${of} problems`}</span>;
}
