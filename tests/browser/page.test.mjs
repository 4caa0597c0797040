// The page that `jitney flame` and `jitney report --html` write, in a browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Reader, folder, here, make, startBrowser, stopBrowser } from './support.mjs';

const folded = join(here, 'app.folded'); /* 1,000 samples */
const older = join(here, 'before.folded');
const pages = {};

before(async () => {
  pages.app = make('app.html', folded, 'title=app', 'facts');
  pages.summary = make('summary.html', folded, 'view=summary', 'facts');
  pages.split = make('split.html', folded, 'split');
  pages.diff = make('diff.html', folded, `before=${older}`);
  await startBrowser();
});
after(stopBrowser);

/* Every test ends with a page that has said nothing and asked for nothing. */
function check(name, page, options, body) {
  test(name, async () => {
    const reader = await Reader.open(pages[page], options);
    try {
      await body(reader);
      assert.deepEqual(reader.noise, []);
    } finally {
      await reader.close();
    }
  });
}

function near(actual, expected, tolerance, what) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`);
}

check('frames are as wide as their share and lie on their callers', 'app', {}, async (reader) => {
  const [all, main, work] = [await reader.frame('all'), await reader.frame('main'), await reader.frame('work')];
  near(main.width / all.width, 0.875, 0.001, 'main');
  near(work.width / all.width, 0.55, 0.001, 'work');
  assert.ok(work.y < main.y && main.y < all.y);
  assert.equal(work.total, 550);
  assert.equal(work.self, 340);
});

check('a click zooms in, the path and Backspace zoom out', 'app', {}, async (reader) => {
  const all = await reader.frame('all');
  await reader.click('parse');
  assert.equal((await reader.state()).zoomed, 'parse');
  near((await reader.frame('parse')).width, all.width, 0.01, 'parse');
  assert.equal(await reader.frame('work'), undefined);
  assert.equal(await reader.text('#crumbs'), ['all', 'node', 'start', 'main', 'parse'].join('\n›\n'));
  await reader.page.getByRole('button', { name: 'main', exact: true }).click();
  assert.equal((await reader.state()).zoomed, 'main');
  await reader.page.focus('#canvas');
  await reader.press('Backspace');
  assert.equal((await reader.state()).zoomed, 'start');
  await reader.page.goBack();
  assert.equal((await reader.state()).zoomed, 'main');
  await reader.page.goBack();
  assert.equal((await reader.state()).zoomed, 'parse');
  await reader.click('main'); /* an ancestor */
  assert.equal((await reader.state()).zoomed, 'main');
});

check('the share of matches is exact and counts nested matches once', 'app', {}, async (reader) => {
  const rows = [
    ['work', '55.00% matched: 550 of 1,000 samples, 1 function'], /* work in work */
    ['hash', '18.50% matched: 185 of 1,000 samples, 1 function'],
    ['WORK', '55.00% matched: 550 of 1,000 samples, 1 function'],
    ['/^(work|hash)/', '58.50% matched: 585 of 1,000 samples, 2 functions'],
    ['/WORK/', '0.00% matched: 0 of 1,000 samples, 0 functions'],
    ['/WORK/i', '55.00% matched: 550 of 1,000 samples, 1 function'],
    ['parse.js:80', '12.00% matched: 120 of 1,000 samples, 1 function'],
    ['/(/', 'not a regular expression'],
    ['', ''],
  ];
  for (const [query, told] of rows) {
    await reader.page.fill('#search', query);
    assert.equal(await reader.text('#matches'), told, query);
  }
});

check('matches stand out and the others are dimmed', 'app', {}, async (reader) => {
  const plain = await reader.colour('parse');
  await reader.page.fill('#search', 'hash');
  assert.ok((await reader.frames()).every((frame) => frame.isMatch === (frame.name === 'hash')));
  assert.notDeepEqual(await reader.colour('parse'), plain);
  assert.deepEqual(await reader.colour('hash'), [0xc2, 0x18, 0x5b]);
  await reader.press('Enter');
  assert.equal((await reader.state()).selected, 'hash');
  await reader.press('n');
  const state = await reader.state();
  assert.equal(state.selected, 'hash');
});

check('reset and Escape forget zoom, search and highlights', 'app', {}, async (reader) => {
  for (const reset of [() => reader.page.click('#reset'), () => reader.press('Escape')]) {
    await reader.click('parse');
    await reader.page.fill('#search', 'hash');
    await reader.page.click('#legend button >> nth=0');
    await reset();
    const state = await reader.state();
    assert.deepEqual([state.zoomed, state.search, state.lit], ['all', '', []]);
    assert.equal(await reader.page.inputValue('#search'), '');
    assert.equal(await reader.page.evaluate(() => location.hash), '');
    assert.ok(await reader.frame('work'));
  }
});

check('the keyboard moves, zooms, toggles, and says where it is', 'app', {}, async (reader) => {
  await reader.press('/');
  assert.equal(await reader.page.evaluate(() => document.activeElement.id), 'search');
  await reader.press('Enter');
  assert.equal(await reader.page.evaluate(() => document.activeElement.id), 'canvas');
  const selected = async () => (await reader.state()).selected;
  assert.equal(await selected(), 'all');
  for (const [key, name] of [['ArrowUp', 'node'], ['ArrowUp', 'start'], ['ArrowUp', 'main'],
    ['ArrowUp', 'work'], ['ArrowRight', 'parse'], ['ArrowUp', 'token'], ['ArrowDown', 'parse'],
    ['ArrowLeft', 'work'], ['ArrowLeft', 'work']]) {
    await reader.press(key);
    assert.equal(await selected(), name, key);
  }
  assert.match(await reader.page.textContent('#spoken'), /^work, .*app\.js:2, optimized · v8.*total: 550 samples, 55\.00%/);
  await reader.press('i');
  assert.equal((await reader.state()).icicle, true);
  await reader.press('ArrowUp');
  assert.equal(await selected(), 'main');
  await reader.press('Enter');
  assert.equal((await reader.state()).zoomed, 'main');
  await reader.press('?');
  assert.ok(await reader.page.locator('#keys').isVisible());
  await reader.press('Escape');
  assert.ok(await reader.page.locator('#keys').isHidden());
  assert.equal((await reader.state()).zoomed, 'main');
  await reader.press('Escape');
  assert.equal((await reader.state()).zoomed, 'all');
  await reader.press('3');
  assert.equal((await reader.state()).view, 'functions');
});

check('the legend tells shares and highlights kinds of code', 'app', {}, async (reader) => {
  const labels = (await reader.page.locator('#legend button').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
  assert.ok(labels.includes('interpreted 9.50%'), labels.join());
  assert.ok(labels.includes('optimized 48.00%'));
  assert.ok(labels.includes('unknown 6.00%'));
  const parse = await reader.colour('parse');
  const main = await reader.colour('main');
  await reader.page.click('#legend button:has-text("baseline")');
  assert.deepEqual(await reader.colour('parse'), parse);
  assert.notDeepEqual(await reader.colour('main'), main);
  assert.ok((await reader.frame('parse')).isLit && !(await reader.frame('main')).isLit);
  await reader.page.click('#legend button:has-text("baseline")');
  assert.deepEqual(await reader.colour('main'), main);
});

check('icicle turns the graph over', 'app', {}, async (reader) => {
  await reader.page.click('#icicle');
  assert.ok((await reader.frame('all')).y < (await reader.frame('main')).y);
  assert.equal(await reader.page.getAttribute('#icicle', 'aria-pressed'), 'true');
  await reader.page.click('#flame');
  assert.ok((await reader.frame('all')).y > (await reader.frame('main')).y);
});

check('reversed merges the leaves and shows who called them', 'app', {}, async (reader) => {
  await reader.page.click('#reversed');
  const frames = await reader.frames();
  const leaves = frames.filter((frame) => frame.depth === 1);
  assert.equal(leaves.reduce((sum, frame) => sum + frame.total, 0), 1000);
  assert.deepEqual(leaves.slice(0, 2).map((frame) => [frame.name, frame.total]), [['work', 400], ['hash', 155]]);
  const callers = frames.filter((frame) => frame.depth === 2 && frame.x >= leaves[1].x - 0.01 &&
    frame.x < leaves[1].x + leaves[1].width - 0.01);
  assert.deepEqual(callers.map((frame) => [frame.name, frame.total]), [['work', 120], ['parse', 35]]);
});

check('focus shows all callers and callees of a function', 'app', {}, async (reader) => {
  await reader.click('hash', { shift: true });
  const frames = await reader.frames();
  assert.deepEqual(frames.filter((frame) => frame.depth === -1).map((frame) => [frame.name, frame.total]),
    [['work', 150], ['parse', 35]]);
  assert.deepEqual(frames.filter((frame) => frame.depth === 0).map((frame) => [frame.name, frame.total]), [['hash', 185]]);
  assert.deepEqual(frames.filter((frame) => frame.depth === 1).map((frame) => [frame.name, frame.total]), [['memcpy', 30]]);
  await reader.page.focus('#canvas');
  await reader.press('ArrowDown');
  assert.equal((await reader.state()).selected, 'work');
  await reader.press('Enter');
  assert.equal((await reader.state()).zoomed, 'work');
  await reader.press('Escape');
  assert.equal((await reader.state()).focus, null);
});

check('the tooltip and the details tell what a frame is', 'app', {}, async (reader) => {
  await reader.hover('work');
  for (const part of ['#tip', '#details']) {
    const text = await reader.text(part);
    assert.match(text, /work/);
    assert.match(text, /\/srv\/app\/app\.js:2/);
    assert.match(text, /optimized · v8 · \[jit\]/);
    assert.match(text, /total: 550 samples, 55\.00%/);
    assert.match(text, /self: 340 samples, 34\.00%/);
    assert.match(text, /the function everywhere: optimized 90\.00%, interpreted 10\.00%/);
  }
  await reader.hover('[addon.node]');
  const text = await reader.text('#tip');
  assert.match(text, /the file has no symbol for this address/);
  assert.match(text, /-dbgsym/);
});

check('tiers of one function can be told apart and merged', 'split', {}, async (reader) => {
  assert.equal((await reader.state()).split, true);
  assert.deepEqual((await reader.frames()).filter((frame) => frame.name === 'work' && frame.depth === 4)
    .map((frame) => frame.total), [510, 40]);
  await reader.page.click('#split');
  assert.deepEqual((await reader.frames()).filter((frame) => frame.name === 'work' && frame.depth === 4)
    .map((frame) => frame.total), [550]);
});

check('the table sorts, filters and leads to the graph', 'app', {}, async (reader) => {
  const { page } = reader;
  await page.click('#tab-functions');
  const names = () => page.locator('#table td.function button').allInnerTexts();
  assert.deepEqual((await names()).slice(0, 3), ['work', 'hash', 'parse']);
  assert.equal(await page.locator('#table tbody tr >> nth=0').locator('td >> nth=1').innerText(), '400 40.00%');
  assert.equal(await page.locator('#table tbody tr >> nth=0').locator('.split').getAttribute('title'),
    'optimized 90.00%, interpreted 10.00%');
  await page.getByRole('button', { name: 'Total', exact: true }).click();
  assert.deepEqual((await names()).slice(0, 3), ['start', 'main', 'work']);
  assert.equal(await page.getAttribute('th[data-column=total]', 'aria-sort'), 'descending');
  await page.getByRole('button', { name: 'Total', exact: true }).click();
  assert.equal((await names()).at(-1), 'start');
  await page.getByRole('button', { name: 'Function', exact: true }).click();
  assert.equal((await names())[0], 'Builtin:StringCharCodeAt');
  await page.fill('#filter', '/pars/');
  assert.deepEqual(await names(), ['parse', 'token']);
  assert.equal(await reader.text('#shown'), '2 of 17 functions');
  await page.locator('#table td.function button >> nth=1').click();
  const state = await reader.state();
  assert.equal(state.view, 'graph');
  assert.equal(state.zoomed, 'token');
  assert.equal((await reader.frame('token')).total, 120);
});

check('the summary tells what was run and how far it can be trusted', 'summary', {}, async (reader) => {
  const text = await reader.text('#summary');
  for (const part of ['node app.js --fast', '1,000', '3.50 s', 'cpu-clock', 'at 999 Hz', '98.00%',
    '980 of 1,000', '17 samples are ambiguous', '3 samples were lost', 'interpreter', 'gc',
    'JIT code, and no perf map or jitdump of this process', 'record with `jitney record -- CMD`'])
    assert.ok(text.includes(part), part);
  assert.equal(await reader.page.locator('#summary tr[data-reason]').count(), 2);
});

check('a differential is red and blue, relative or absolute', 'diff', {}, async (reader) => {
  const [redNew, , blueNew] = await reader.colour('v8::internal::Heap::CollectGarbage');
  assert.ok(redNew > blueNew + 60);
  const [redGone, , blueGone] = await reader.colour('legacy');
  assert.ok(blueGone > redGone + 60);
  const [r, g, b] = await reader.colour('all');
  assert.ok(Math.max(r, g, b) - Math.min(r, g, b) < 12, 'the root has not changed');
  await reader.hover('legacy');
  assert.match(await reader.text('#tip'), /before: 80 samples, 7\.17%\s+after: 0 samples, 0\.00%\s+change: -7\.17 percentage points/);
  const legacy = await reader.frame('legacy');
  assert.deepEqual([legacy.before, legacy.after], [80, 0]);
  await reader.page.selectOption('#compared select[data-name=scale]', 'absolute');
  const [redAll, , blueAll] = await reader.colour('all');
  assert.ok(blueAll > redAll, '1,115 samples became 1,000');
  await reader.page.selectOption('#compared select[data-name=width]', 'after');
  assert.equal(await reader.frame('legacy'), undefined);
  await reader.page.fill('#search', 'work');
  assert.match(await reader.text('#matches'), /^55\.00% matched.*\(before: 63\.68%\)/);
  await reader.page.click('#tab-functions');
  assert.match(await reader.text('#table tbody tr >> nth=0'), /work/);
});

check('the address keeps the view, so that it can be sent', 'app', {}, async (reader) => {
  await reader.click('parse');
  await reader.page.fill('#search', 'hash');
  await reader.press('Escape');
  await reader.page.click('#icicle');
  await reader.click('parse');
  await reader.page.fill('#search', 'a/b&c=d#e');
  const hash = await reader.page.evaluate(() => location.hash);
  const other = await Reader.open(pages.app, { hash: hash.slice(1) });
  const state = await other.state();
  assert.deepEqual([state.zoomed, state.search, state.icicle], ['parse', 'a/b&c=d#e', true]);
  assert.deepEqual(other.noise, []);
  await other.close();
});

for (const hash of ['zoom=999.-1.x.^', 'focus=99999999', 'focus=-1', 'view=nothing&width=1&lit=zzz', '%%%', 'search=%2F(%2F', 'zoom=^.1']) {
  check(`a senseless address does no harm: ${hash}`, 'app', { hash }, async (reader) => {
    assert.ok((await reader.frames()).length > 0);
  });
}

test('hostile names neither break the page nor run', async () => {
  const names = ['<script>alert(1)</script>', '</script><img src=x onerror=alert(2)>', ']]>', '<!--', '"\'`&lt',
    'tab\there', 'bell\u0007', 'rtl\u202etxt', 'line\u2028end', '{{7*7}}.', '__proto__', 'constructor', '${alert(3)}.'];
  const text = Buffer.concat([...names.map((name) => Buffer.from(`root;${name} 10\n`)),
    Buffer.from([0x72, 0x6f, 0x6f, 0x74, 0x3b, 0xff, 0xfe, 0xc0, 0xaf, 0x20, 0x31, 0x30, 0x0a])]);
  writeFileSync(join(folder, 'hostile.folded'), text);
  const path = make('hostile.html', join(folder, 'hostile.folded'), 'title=</title><script>alert(4)</script>');
  const reader = await Reader.open(path);
  const shown = (await reader.frames()).map((frame) => frame.name);
  for (const name of ['<script>alert(1)</script>', '</script><img src=x onerror=alert(2)>', ']]>', '"\'`&lt',
    'tab\u2409here', 'bell\u2407', 'rtl\ufffdtxt', 'line\ufffdend', '__proto__', '\ufffd\ufffd\ufffd\ufffd'])
    assert.ok(shown.includes(name), JSON.stringify(name));
  assert.equal(await reader.page.title(), '</title><script>alert(4)</script>');
  for (const name of shown) {
    await reader.hover(name);
    await reader.click(name);
    await reader.page.keyboard.press('Escape');
  }
  await reader.page.click('#tab-functions');
  await reader.page.click('#tab-summary');
  assert.equal(await reader.page.locator('img').count(), 0);
  assert.equal(await reader.page.locator('script').count(), 1); /* the data is taken out once read */
  assert.deepEqual(reader.noise, []);
  await reader.close();
});

test('a page of 200,000 nodes is there in less than three seconds', async () => {
  const reader = await Reader.open(make('large.html', 'large:200000', 'min-share=0'));
  assert.ok(await reader.page.evaluate(() => window.jitney.nodes) >= 200000);
  assert.ok(reader.loadMs < 3000, `${reader.loadMs} ms`);
  for (const act of [() => reader.page.click('#reversed'), () => reader.page.fill('#search', 'function1'),
    () => reader.page.click('#tab-functions')]) {
    const start = Date.now();
    await act();
    assert.ok(Date.now() - start < 3000, `${Date.now() - start} ms`);
  }
  assert.deepEqual(reader.noise, []);
  await reader.close();
});

test('stacks of 5,000 frames can be seen and scrolled', async () => {
  writeFileSync(join(folder, 'deep.folded'), `${Array(5000).fill('f').join(';')};leaf 7\n`);
  const reader = await Reader.open(make('deep.html', join(folder, 'deep.folded')));
  assert.equal((await reader.frames()).length, 5002);
  await reader.page.focus('#canvas');
  await reader.page.fill('#search', 'leaf');
  await reader.press('Enter');
  assert.equal((await reader.state()).selected, 'leaf');
  const leaf = await reader.frame('leaf');
  assert.ok(leaf.y >= 0 && leaf.y < 720, 'it was scrolled to');
  assert.deepEqual(reader.noise, []);
  await reader.close();
});

test('merged frames are told', async () => {
  const reader = await Reader.open(make('merged.html', folded, 'min-share=0.05'));
  assert.match(await reader.text('#merged'), /^\d+ frames with fewer than 50 samples each are merged.*samples \(\d+\.\d+%\) end in them/);
  assert.ok((await reader.frames()).some((frame) => /^\d+ narrower frames$/.test(frame.name)));
  await reader.page.click('#tab-functions');
  assert.equal(await reader.text('#shown'), '17 of 17 functions');
  assert.deepEqual(reader.noise, []);
  await reader.close();
});

test('nothing is in the way at 400 pixels, light or dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const reader = await Reader.open(pages.app, { viewport: { width: 400, height: 700 }, colorScheme });
    for (const view of ['summary', 'graph', 'functions']) {
      await reader.page.click(`#tab-${view}`);
      const wide = await reader.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 400, `${view}: ${wide}`);
    }
    await reader.page.click('#tab-graph');
    await reader.click('parse');
    assert.equal((await reader.state()).zoomed, 'parse');
    assert.deepEqual(reader.noise, []);
    await reader.close();
  }
});

test('it prints whole, and light from a dark screen', async () => {
  writeFileSync(join(folder, 'tall.folded'), `${Array(100).fill('f').join(';')} 7\n`);
  const reader = await Reader.open(make('tall.html', join(folder, 'tall.folded')), { colorScheme: 'dark' });
  const height = () => reader.page.evaluate(() => document.getElementById('canvas').clientHeight);
  const background = () => reader.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await reader.colour('all');
  assert.ok(await height() < 720);
  await reader.page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  assert.ok(await height() > 101 * 18);
  assert.equal(await background(), 'rgb(255, 255, 255)');
  await reader.page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  assert.deepEqual(await reader.colour('all'), dark);
  assert.ok(await height() < 720);
  const pdf = await reader.page.pdf();
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
  assert.deepEqual(reader.noise, []);
  await reader.close();
});

test('an SVG is well formed, whatever the names', async () => {
  for (const words of [[], ['reversed'], ['icicle'], [`before=${older}`], ['title=<&"\'>']]) {
    const path = make('picture.svg', folded, ...words);
    const reader = await Reader.open(path);
    assert.equal(await reader.page.evaluate(() => document.documentElement.nodeName), 'svg');
    assert.equal(await reader.page.locator('parsererror').count(), 0);
    assert.ok(await reader.page.locator('g').count() > 10);
    assert.deepEqual(reader.noise, []);
    await reader.close();
  }
  const reader = await Reader.open(make('hostile.svg', join(folder, 'hostile.folded')));
  assert.equal(await reader.page.locator('parsererror').count(), 0);
  const titles = await reader.page.locator('g > title').allTextContents();
  assert.ok(titles.some((title) => title.startsWith('</script><img src=x onerror=alert(2)>')));
  await reader.close();
});

test('jitney flame makes the page of a file', { skip: !process.env.JITNEY && 'no jitney given' }, async () => {
  const input = join(folder, 'small.folded');
  writeFileSync(input, 'node;main;work_[j] 70\nnode;main;read_[k] 30\n');
  for (const words of [['-o', join(folder, 'flame.html')], ['-o', join(folder, 'flame.svg'), '--reverse']])
    execFileSync(process.env.JITNEY, ['flame', input, ...words]);
  assert.match(readFileSync(join(folder, 'flame.svg'), 'utf8'), /^<svg /);
  const reader = await Reader.open(join(folder, 'flame.html'));
  assert.equal(await reader.page.title(), 'small.folded');
  assert.equal((await reader.frame('work')).total, 70);
  assert.equal(await reader.page.evaluate(() => window.jitney.state().view), 'graph');
  assert.deepEqual(reader.noise, []);
  await reader.close();
});
