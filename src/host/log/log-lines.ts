/** What a line of a log says besides its message: ids and numbers, never what people or models said. */
type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where a long-lived process says what it does, for whoever collects that. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A line of JSON, with its end: `time`, `level`, `message`, and the rest. */
export function toLogLine(
  { level, message, at = new Date() }: { level: string; message: string; at?: Date },
  fields: object,
): string {
  return `${JSON.stringify({ time: at.toISOString(), level, message, ...fields })}\n`;
}

/** A log whose lines are JSON. */
export function createJsonLog(write: (line: string) => void): Log {
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      write(toLogLine({ level, message }, fields));
  return { info: line('INFO'), error: line('ERROR') };
}
