import type Anthropic from '@anthropic-ai/sdk';
import { executeChild, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { PlainActivities } from './activities.ts';

export { plainGraph } from '../graph/plain-workflow.ts';

/*
 * What an engineer writes by hand: a child workflow per worker, an ordinary activity per step, the conversation in the
 * workflow's own state and in the input of every model call.
 */
const { plainModel, plainTool } = proxyActivities<PlainActivities>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumAttempts: 10 },
});

/** One run: every worker at once. @returns their last answers */
export async function plainParent(prompts: string[]): Promise<string[]> {
  const { workflowId } = workflowInfo();
  return Promise.all(
    prompts.map((prompt, index) =>
      executeChild(plainTask, { workflowId: `${workflowId}/worker-${index + 1}`, args: [workflowId, prompt] }),
    ),
  );
}

/** One worker, turn by turn, until the model asks for no tool any more. */
export async function plainTask(run: string, prompt: string): Promise<string> {
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }];
  for (let turn = 1; turn <= 50; turn++) {
    const { content } = await plainModel(messages);
    messages.push({ role: 'assistant', content });
    const uses = content.filter((block) => block.type === 'tool_use');
    if (uses.length === 0) return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    const results = await Promise.all(
      uses.map(async (use) => ({
        type: 'tool_result' as const,
        tool_use_id: use.id,
        content: await plainTool(run, use.input as Record<string, string>),
      })),
    );
    messages.push({ role: 'user', content: results });
  }
  throw new Error('no end after 50 turns');
}
