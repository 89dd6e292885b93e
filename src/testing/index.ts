export { defaultScript } from './default-script.ts';
export { steps } from './script.ts';
export type {
  Rule,
  Script,
  ScriptedAnswer,
  ScriptedConversation,
  ScriptedErrorType,
  ScriptedFault,
  ScriptedStopReason,
  ScriptedToolResult,
  Step,
} from './script.ts';
export { startScriptedModel } from './scripted-model.ts';
export type { ScriptedModelServer, ScriptedRequest } from './scripted-model.ts';
