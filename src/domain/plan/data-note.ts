import type { JsonObject } from '../json.ts';

/** What a task's prompt is followed by when it comes with data: readable, and nothing in it can look like the end of it, as line breaks inside are escaped. */
export function dataNote(data: JsonObject): string {
  return ['Context of this task, as data:', '```json', JSON.stringify(data, null, 2), '```'].join('\n');
}
