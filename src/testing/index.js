export { defaultScript } from './default-script.js';
export { steps } from './script.js';
export { startScriptedModel } from './scripted-model.js';
//# sourceMappingURL=index.js.map