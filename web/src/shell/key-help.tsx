import { Dialog } from '../ui/dialog.tsx';
import { Kbd } from '../ui/surface.tsx';
import { boundKeys } from './keys.tsx';

/** What keys do here. */
export function KeyHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Keys" isOpen={isOpen} onClose={onClose}>
      <table>
        <tbody>
          {boundKeys().map(([key, { label }]) => (
            <tr key={key}>
              <td style={{ padding: '0.25rem 1.5rem 0.25rem 0', whiteSpace: 'nowrap' }}>
                {key.split(' ').map((each) => (
                  <Kbd key={each}>{each.replace('mod+', navigator.userAgent.includes('Mac') ? '⌘ ' : 'Ctrl ')}</Kbd>
                ))}
              </td>
              <td>{label}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
