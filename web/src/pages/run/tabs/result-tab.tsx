import { safeLine, safeText } from '../../../../../src/domain/safe-text.ts';
import { useLive } from '../../../live/run-store.ts';
import { Notice } from '../../../ui/notice.tsx';
import { Card, Copy, Empty, Loading } from '../../../ui/surface.tsx';
import { JsonTree } from '../../../untrusted/json-tree.tsx';
import styles from './tabs.module.css';

/** What came out of the run, and where its files are. */
export function ResultTab() {
  const view = useLive((run) => run.view);
  if (!view) return <Loading />;
  const { outputs, outputErrors, workspace, workspaces, board } = view;
  const names = Object.keys(outputs);
  return (
    <div className={styles.columns}>
      {Object.entries(outputErrors).map(([name, why]) => (
        <Notice key={name} kind="warn" title={`The output ${safeLine(name)} has no value`}>
          {safeText(why)}
        </Notice>
      ))}
      {names.length > 0 ? (
        <Card title="Outputs">
          <JsonTree value={outputs} label="Outputs" />
        </Card>
      ) : (
        <Empty
          title={view.endedAt === null ? 'Outputs are there once it has ended.' : 'Its workflow names no outputs.'}
        >
          <p>What each task answered stands in the inspector.</p>
        </Empty>
      )}
      <Card title="Where it worked">
        <p>
          <code>{safeLine(workspace)}</code> <Copy text={workspace} label="Copy the folder" />
        </p>
        {Object.entries(workspaces).map(([task, folder]) => (
          <p key={task}>
            {safeLine(task)}: <code>{safeLine(folder)}</code>{' '}
            <Copy text={folder} label={`Copy the folder of ${task}`} />
          </p>
        ))}
        <p className={styles.muted}>Its issues are on the board {safeLine(board)}.</p>
      </Card>
    </div>
  );
}
