/**
 * What a model says while it answers. It has no number, is not kept, and may be lost: the answer itself comes as `agent:answer`.
 *
 * Texts of one `call` follow on each other by their `offset`; another `call` of the same turn is a new try and begins anew.
 */
export interface AgentDelta {
  type: 'agent:delta';
  taskId: string;
  agentName: string;
  attempt: number;
  turn: number;
  /** Of one try of one turn, the same in all of its texts and in no others. */
  call: string;
  /** How many characters of the answer's texts came before. */
  offset: number;
  text: string;
}

/** Who answers, and in which try. */
export type AnsweringCall = Omit<AgentDelta, 'type' | 'offset' | 'text'>;
