// `node --import` of this file: writes, as the process ends, every module that it loaded into the file that LOADED_MODULES names, one a line.
import { appendFileSync } from 'node:fs';
import module from 'node:module';

const file = process.env.LOADED_MODULES;
const hooks = `
  import { appendFileSync } from 'node:fs';
  export async function load(url, context, next) {
    appendFileSync(${JSON.stringify(file)}, url + '\\n');
    return next(url, context);
  }`;
module.register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const { cache } = module.createRequire(import.meta.url);
process.on('exit', () => appendFileSync(file, Object.keys(cache).join('\n')));
