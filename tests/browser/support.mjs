// A browser, pages made by make_page, and what a reader does with them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { chromium } from 'playwright-core';

export const here = dirname(fileURLToPath(import.meta.url));
export const folder = mkdtempSync(join(tmpdir(), 'jitney-browser-'));

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
let context = null;

export async function startBrowser() {
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags,
    viewport: { width: 1280, height: 720 },
  });
}

export async function stopBrowser() {
  await context?.close();
  rmSync(folder, { recursive: true, force: true });
}

export function make(name, ...words) {
  const path = join(folder, name);
  execFileSync(process.env.MAKE_PAGE, [path, ...words]);
  return path;
}

/* A page that has to stay quiet: what it says or asks for is in `noise`. */
export class Reader {
  static async open(path, { hash = '', ...options } = {}) {
    const reader = new Reader();
    reader.noise = [];
    reader.page = await context.newPage();
    const { page, noise } = reader;
    page.on('console', (message) => noise.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      noise.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) noise.push(`request: ${request.url()}`);
    });
    if (options.viewport) await page.setViewportSize(options.viewport);
    await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light' });
    const start = Date.now();
    await page.goto(pathToFileURL(path).href + (hash ? `#${hash}` : ''));
    reader.loadMs = Date.now() - start;
    return reader;
  }

  state() { return this.page.evaluate(() => window.jitney.state()); }
  frames() { return this.page.evaluate(() => window.jitney.frames()); }
  frame(name) { return this.page.evaluate((wanted) => window.jitney.frame(wanted), name); }
  text(selector) { return this.page.locator(selector).innerText(); }
  press(key) { return this.page.keyboard.press(key); }

  async point(name) {
    const frame = await this.frame(name);
    if (!frame) throw new Error(`no frame ${name}`);
    return [frame.x + frame.width / 2, frame.y + frame.height / 2];
  }

  async click(name, options = {}) {
    const [x, y] = await this.point(name);
    if (options.shift) await this.page.keyboard.down('Shift');
    await this.page.mouse.click(x, y);
    if (options.shift) await this.page.keyboard.up('Shift');
  }

  async hover(name) {
    await this.page.mouse.move(...await this.point(name));
  }

  /* The colour in the middle of the frame's left end, as drawn. */
  async colour(name) {
    const frame = await this.frame(name);
    return this.page.evaluate(({ x, y }) => {
      const canvas = document.getElementById('canvas');
      const bounds = canvas.getBoundingClientRect();
      const ratio = window.devicePixelRatio;
      const copy = document.createElement('canvas');
      const on = copy.getContext('2d', { willReadFrequently: true });
      on.drawImage(canvas, (bounds.left - x - 2) * ratio, (bounds.top - y - 3) * ratio);
      const pixel = on.getImageData(0, 0, 1, 1);
      return [...pixel.data.slice(0, 3)];
    }, frame);
  }

  async close() {
    await this.page.close();
  }
}
