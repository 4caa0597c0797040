// After npm install: the binary in prebuilds/ is for the usual Linux (glibc 2.34 or newer). Where it
// does not load, the sources beside it are compiled; any C compiler does.
'use strict';

const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const native = path.join(__dirname, 'native');
const prebuilt = path.join(__dirname, 'prebuilds', `${process.platform}-${process.arch}`,
  'jitney-node.node');
const FLAGS = ['-O2', '-g1', '-std=gnu11', '-fPIC', '-shared', '-D_GNU_SOURCE',
  '-D_FILE_OFFSET_BITS=64', '-fvisibility=hidden', '-fno-omit-frame-pointer', '-pthread', '-w',
  '-Wl,-z,nodelete'];

function loads(file) {
  return fs.existsSync(file) &&
    spawnSync(process.execPath, ['-e', `require(${JSON.stringify(file)})`],
      { env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'ignore' }).status === 0;
}

function build() {
  const list = path.join(native, 'sources.txt');
  if (!fs.existsSync(list)) return 'the package has no sources';
  const sources = fs.readFileSync(list, 'utf8').trim().split('\n');
  const output = path.join(native, 'build', 'jitney-node.node');
  fs.mkdirSync(path.dirname(output), { recursive: true });
  const compiler = process.env.CC || 'cc';
  const result = spawnSync(compiler, [...FLAGS, '-Iinclude', '-Isrc', '-Iadapter', '-o', output,
    ...sources, '-ldl'], { cwd: native, encoding: 'utf8' });
  if (result.error) return `there is no C compiler (${compiler})`;
  if (result.status !== 0) return result.stderr.trim().split('\n').slice(0, 5).join('\n');
  return loads(output) ? null : 'what was built does not load';
}

const isForced = process.env.JITNEY_NODE_BUILD === '1';
if (isForced || !loads(prebuilt)) {
  const problem = process.platform === 'linux' ? build() : 'it works on Linux alone';
  if (problem) {
    process.stderr.write(`jitney: no binary for this machine: ${problem}\n` +
      'jitney: programs that load it run on without\n');
  }
}
