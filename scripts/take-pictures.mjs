// Takes the pictures of the dashboard that are kept in web/pictures (twelve states, wide and narrow, light and dark) and docs/images: from a
// stack of its own, with runs that were started as a user starts them. `npm run pictures [-- STATE…]`; Chromium has to be there.
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { states } from './pictures/states.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kept = join(root, 'web/pictures');
const folder = mkdtempSync(join(tmpdir(), 'gaffer-pictures-'));
const wanted = process.argv.slice(2);
const looks = [
  { name: 'wide-light', width: 1440, height: 900, isDark: false },
  { name: 'wide-dark', width: 1440, height: 900, isDark: true },
  { name: 'narrow-light', width: 390, height: 844, isDark: false },
  { name: 'narrow-dark', width: 390, height: 844, isDark: true },
];

const environment = { ...process.env, NO_COLOR: '1', ANTHROPIC_API_KEY: '', GAFFER_HOME: join(folder, '.gaffer') };

async function gaffer(...args) {
  const options = { cwd: folder, env: environment, maxBuffer: 64e6 };
  const command = [join(root, 'bin/gaffer.js'), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, options).catch((error) => {
    // What ends otherwise than well is in the pictures, too.
    if (typeof error.code === 'number' && [1, 3, 5, 6, 10].includes(error.code)) return error;
    throw error;
  });
  return stdout;
}

try {
  mkdirSync(kept, { recursive: true });
  cpSync(join(root, 'scripts/pictures/project'), folder, { recursive: true });
  await gaffer('dev', '--detach');
  await fill();
  await takeAll();
} finally {
  await gaffer('down').catch((error) => console.error(error.message));
  rmSync(folder, { recursive: true, force: true });
}

/** Runs in every state. */
async function fill() {
  await gaffer('run', 'nightly-import.yaml', '--id', 'import-17');
  await gaffer('run', 'code-review', '--id', 'review-87');
  await gaffer('run', 'code-review', '--id', 'review-88', '--input', 'reviewDepth=quick');
  await gaffer('run', 'research-synthesis', '--id', 'research-4', '--input', 'question=Why do queues back up?');
  await gaffer('run', 'foreman-worker', '--id', 'crew-7', '--input', 'goal=Add a changelog');
  await gaffer('run', 'release.yaml', '--id', 'release-140', '--detach');
  await gaffer('run', 'release.yaml', '--id', 'release-141', '--input', 'version=1.4.1', '--detach');
  await gaffer('run', 'parts.yaml', '--id', 'parts-2');
  await gaffer('schedule', 'add', 'nightly', 'nightly-import.yaml', '--cron', '0 3 * * *');
}

async function takeAll() {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    for (const look of looks) {
      const { url } = JSON.parse(await gaffer('dashboard', '--json'));
      const context = await browser.newContext({
        ...{ viewport: { width: look.width, height: look.height }, reducedMotion: 'reduce' },
        colorScheme: look.isDark ? 'dark' : 'light',
      });
      const page = await context.newPage();
      await page.goto(url);
      await page.locator('#main').waitFor();
      for (const state of states) {
        if (wanted.length > 0 && !wanted.includes(state.name)) continue;
        await page.goto(new URL(state.path, url).href);
        await state.prepare?.(page, look);
        // Nothing on it is still being fetched or drawn.
        await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined);
        const file = join(kept, `${state.name}-${look.name}.png`);
        await page.screenshot({ path: file, type: 'png' });
        if (state.inDocs === look.name) copyFileSync(file, join(root, `docs/images/dashboard-${state.name}.png`));
        console.log(`${state.name} ${look.name}`);
      }
      await context.close();
    }
  } finally {
    await browser.close();
  }
}
