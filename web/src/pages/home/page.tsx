import { Empty, Page as Sheet } from '../../ui/surface.tsx';
import { useTitle } from '../../shell/title.ts';

/** What needs somebody, first. */
export function Page() {
  useTitle('');
  return (
    <Sheet title="Home">
      <Empty title="There are no runs yet." />
    </Sheet>
  );
}
