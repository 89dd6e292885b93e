import { useLive } from '../../../live/run-store.ts';
import { Button } from '../../../ui/button.tsx';
import { Copy } from '../../../ui/surface.tsx';
import { Markdown } from '../../../untrusted/markdown.tsx';
import { Part } from './part.tsx';
import { usePart } from './use-part.ts';
import styles from './tabs.module.css';

/** How the run went, to be read and taken along. */
export function ReportTab() {
  const asked = usePart<{ report: string }>('/report');
  const id = useLive((run) => run.id);
  return (
    <Part asked={asked} isEmpty={({ report }) => report === ''} empty="There is no report yet.">
      {({ report }) => (
        <>
          <div className={styles.actions}>
            <span className={styles.muted}>As it stood when this was opened.</span>
            <span>
              <Copy text={report} label="Copy as Markdown" />
              <Button kind="quiet" icon="retry" onClick={asked.refetch}>
                Anew
              </Button>
              <Button icon="file" onClick={() => download(`${id}.md`, report)}>
                Download
              </Button>
            </span>
          </div>
          <div className={styles.report}>
            <Markdown text={report} />
          </div>
        </>
      )}
    </Part>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
