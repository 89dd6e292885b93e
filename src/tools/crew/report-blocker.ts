import { builtInTools } from '../../domain/tool-names.ts';
import { z } from 'zod';
import { createInputFormat, inputProblem, storableText, toLine } from '../tool-input.ts';
import type { SlowTool } from '../tool.ts';

const description = `For when you cannot go on: something is missing that your tools cannot get, or only somebody else can decide it.
what: what you were doing and what stops you. needs: what you need to go on, as a question that can be answered in a sentence.
You get the answer as this tool's result. Don't use it for what you can find out or decide yourself.`;

const format = createInputFormat(
  z.strictObject({
    what: storableText(4000).describe('what stops you'),
    needs: storableText(4000).describe('what you need, as a question'),
  }),
);

/** The tool with which an agent asks for help. The orchestrator gets the answer, so what runs here says only that there was none. */
export function createReportBlockerTool(): SlowTool {
  return {
    ...builtInTools.reportBlocker,
    kind: 'slow',
    definition: { name: 'report_blocker', description, input_schema: format.jsonSchema },
    problemOf: (input) => inputProblem(format, input),
    effectOf: () => 'pure',
    describe: (input) => toLine('report_blocker', input['needs'], input['what']),
    run(input) {
      const parsed = format.parse(input);
      const content = parsed.ok
        ? 'Nobody answered. Go on without, and say in your last answer what is missing.'
        : parsed.message;
      return Promise.resolve({ content, isError: true });
    },
  };
}
