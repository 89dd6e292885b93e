import { Notice } from '../../ui/notice.tsx';
import { Copy } from '../../ui/surface.tsx';

/** A secret that is shown this once. */
export function SecretNote({ what, secret }: { what: string; secret: string }) {
  return (
    <Notice
      kind="warn"
      title={`${what}: it is shown only now.`}
      action={<Copy text={secret} label="Copy the secret" />}
    >
      <code>{secret}</code>
    </Notice>
  );
}
