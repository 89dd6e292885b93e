/** A provider of the user's own: somebody who speaks one of the wires that are here. */
export interface OwnProvider {
  name: string;
  /** For `messages` without `/v1`, for the others with it. */
  baseURL: string;
  /** `either`: Responses, or Chat Completions where there is none. */
  wire: 'messages' | 'responses' | 'chat' | 'either';
  /** Variable of its key; null: it asks for none. */
  key: string | null;
}
