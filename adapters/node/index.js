// Tells jitney what V8 compiles. Preloaded (node --require jitney, NODE_OPTIONS) it begins by
// itself; imported by a program it waits for start(), unless the environment asks for output.
'use strict';

const fs = require('fs');
const path = require('path');

const MARK = Symbol.for('jitney');
const SINKS = { perfmap: 1, jitdump: 2, gdb: 4, record: 8, log: 16 };
const ENVIRONMENT = {
  JITNEY_PERFMAP: SINKS.perfmap, JITNEY_JITDUMP: SINKS.jitdump, JITNEY_GDB: SINKS.gdb,
  JITNEY_RECORD: SINKS.record, JITNEY_LOG: SINKS.log,
};
const NOT_FOUND = -7;
const TESTED = [18, 20, 22, 24];

function complain(text) {
  process.stderr.write(`jitney: ${text}; the program runs on without\n`);
}

// One binary for all Nodes: Node-API needs no build per version.
function findBinding() {
  const folder = `${process.platform}-${process.arch}`;
  const places = [
    process.env.JITNEY_NODE_BINARY,
    path.join(__dirname, 'native', 'build', 'jitney-node.node'),
    path.join(__dirname, 'jitney-node.node'), // as jitney itself installs it
    path.join(__dirname, 'prebuilds', folder, 'jitney-node.node'),
  ];
  const problems = [];
  for (const place of places) {
    if (!place || !fs.existsSync(place)) continue;
    try {
      return require(place);
    } catch (error) {
      problems.push(error.message);
    }
  }
  throw new Error(problems[0] || `there is no binary for ${folder}; try npm rebuild jitney`);
}

function isMainThread() {
  return require('worker_threads').isMainThread;
}

// --require, --import and NODE_OPTIONS load a package before the program begins.
function isPreloaded() {
  if (module.parent && module.parent.id === 'internal/preload') return true;
  const words = [...process.execArgv, ...(process.env.NODE_OPTIONS || '').split(/\s+/)];
  return words.some((word, i) => {
    const value = word.replace(/^--(require|import)=/, '');
    const isNamed = value !== word || /^(-r|--require|--import)$/.test(words[i - 1] || '');
    return isNamed && (value === 'jitney' || value.includes(__dirname) ||
      /\/jitney(\/index\.m?js)?$/.test(value));
  });
}

function askedByEnvironment() {
  let sinks = 0;
  for (const [name, sink] of Object.entries(ENVIRONMENT)) {
    if (process.env[name] && process.env[name] !== '0') sinks |= sink;
  }
  return sinks;
}

function isMentioned() {
  return Object.keys(ENVIRONMENT).some((name) => process.env[name] !== undefined) ||
    process.env.JITNEY_MAP !== undefined;
}

function makeEventTable(binding) {
  const rows = binding.eventTable().trim().split('\n').map((row) => row.split(' '));
  return rows.map(([value, name, group]) => ({ bit: 2 ** Number(value), name, group }));
}

class Jitney {
  #binding;
  #problem = null;
  #table = [];
  #sinks = 0;
  #wanted = SINKS.perfmap | SINKS.jitdump;
  #hasEntered = false;
  #listeners = new Map();

  constructor() {
    this.recording = Object.freeze({
      start: () => this.#recordingStart(),
      stop: () => this.#verb(2),
      reset: () => this.#verb(3),
      enabled: () => this.#can() && this.#binding.recording(4) === 1,
      save: (file) => this.#check(this.#need().recordingSave(path.resolve(String(file)))),
      get: () => this.#events(this.#need().recordingGet()),
      load: (file) => this.#events(this.#need().recordingLoad(path.resolve(String(file)))),
      setFilter: (...names) => this.#check(this.#need().recordingFilter(this.#bits(names))),
    });
    try {
      this.#binding = findBinding();
      const missing = this.#binding.state();
      if (missing.startsWith('_Z')) {
        throw new Error(`Node ${process.version} (V8 ${process.versions.v8}) is not supported: ` +
          `it has no ${missing}. Supported: Node ${TESTED.join(', ')}`);
      }
      this.#table = makeEventTable(this.#binding);
    } catch (error) {
      this.#problem = error;
    }
  }

  // What hinders the adapter from working here; null when nothing does.
  get problem() { return this.#problem; }

  get active() { return this.#hasEntered && this.#sinks !== 0; }

  // Begin, or go on after stop(). Options stand above the environment.
  start(options = {}) {
    const binding = this.#need();
    const asked = this.#sinksOf(options);
    const sinks = asked === null ? this.#wanted : asked;
    if (binding.state() !== 'open') {
      this.#check(binding.open(sinks, options.directory, options.recordFile,
        options.filter ? this.#bits([].concat(options.filter)) : 0, options.logFile,
        typeof options.userCode === 'string' ? options.userCode : undefined,
        options.userCode === true || process.env.JITNEY_NODE_USER === '1' ? 1 : 0));
    } else if (isMainThread() || asked !== null) {
      this.#check(binding.sinks(sinks));
    }
    this.#sinks = this.#wanted = sinks;
    this.#enter();
    return this;
  }

  // Write no more. Code is still followed, so that start() can go on, and codes() and
  // resolve() answer.
  stop() {
    if (!this.#can()) return this;
    this.#check(this.#binding.sinks(0));
    this.#sinks = 0;
    return this;
  }

  // Nothing to do: what was told is in its files already, and survives even SIGKILL.
  flush() { return this; }

  // The code that lives now.
  codes() {
    this.#follow();
    return JSON.parse(this.#need().codes());
  }

  // What is at an address (a number, a bigint, or text in hexadecimal); null: nothing known.
  resolve(address) {
    this.#follow();
    const value = typeof address === 'string' ? parseInt(address, 16) : Number(address);
    const frames = JSON.parse(this.#need().resolve(value));
    if (frames.length === 0) return null;
    const code = frames[frames.length - 1];
    return frames.length > 1 ? { ...code, inlined: frames.slice(0, -1) } : code;
  }

  // 'code': code that comes, moves and goes. 'event': everything, also compilations and deopts.
  // Told shortly after, from the event loop: V8 cannot run JavaScript while it compiles some.
  on(name, listener) {
    if (typeof listener !== 'function') throw new TypeError('a listener is a function');
    if (name !== 'code' && name !== 'event') throw new RangeError(`there is no event '${name}'`);
    this.#follow();
    const events = name === 'code' ? 7 : 0xffff;
    const number = this.#need().listen(events, (text) => listener(JSON.parse(text)));
    this.#check(Math.min(number, 0));
    this.#listeners.set(listener, number);
    return this;
  }

  off(name, listener) {
    const number = this.#listeners.get(listener);
    if (number !== undefined) this.#binding.unlisten(number);
    this.#listeners.delete(listener);
    return this;
  }

  // What was told and what was lost.
  counters() { return JSON.parse(this.#need().counters()); }

  #need() {
    if (this.#problem) throw this.#problem;
    return this.#binding;
  }

  #can() { return !this.#problem && this.#binding.state() === 'open'; }

  #enter() {
    this.#check(this.#binding.enter(isMainThread() ? 1 : 0));
    this.#hasEntered = true;
  }

  // The live map alone.
  #follow() {
    if (this.#hasEntered) return;
    if (this.#need().state() !== 'open') this.#check(this.#binding.open(0));
    this.#enter();
  }

  #recordingStart() {
    this.#follow();
    this.#sinks |= SINKS.record;
    return this.#verb(1);
  }

  #verb(number) { return this.#check(this.#need().recording(number)); }

  #check(status) {
    if (status >= 0) return this;
    throw Object.assign(new Error(`jitney: ${this.#binding.statusText(-status)}`), { status });
  }

  #events(answer) {
    if (typeof answer !== 'number') return JSON.parse(answer);
    if (answer === NOT_FOUND) return [];
    return this.#check(answer);
  }

  #bits(names) {
    let bits = 0;
    for (const name of names.flatMap((text) => String(text).split(','))) {
      const rows = this.#table.filter((row) => name === 'All' || row.group === name ||
        row.name === name);
      if (rows.length === 0) throw new RangeError(`there is no class of events '${name}'`);
      for (const row of rows) bits |= row.bit;
    }
    return bits >>> 0;
  }

  // { perfmap: true, record: 'file' }; null: none are named.
  #sinksOf(options) {
    let sinks = null;
    for (const [name, sink] of Object.entries(SINKS)) {
      if (options[name] === undefined) continue;
      sinks = (sinks || 0) | (options[name] ? sink : 0);
    }
    if (typeof options.record === 'string') options.recordFile = options.record;
    if (typeof options.log === 'string') options.logFile = options.log;
    return sinks;
  }

  // At load: in a Worker go along with the main program.
  begin() {
    if (this.#problem) {
      if (isPreloaded() || isMentioned()) complain(this.#problem.message);
      return;
    }
    const isRunning = this.#binding.state() === 'open';
    if (!isRunning && !isPreloaded() && !isMentioned()) return;
    try {
      if (isRunning) {
        this.#enter();
      } else {
        const sinks = isMentioned() ? askedByEnvironment() : this.#wanted;
        this.#wanted = sinks;
        this.#check(this.#binding.open(sinks, undefined, undefined, 0, undefined, undefined,
          process.env.JITNEY_NODE_USER === '1' ? 1 : 0));
        this.#sinks = sinks;
        this.#enter();
      }
    } catch (error) {
      complain(error.message.replace(/^jitney: /, ''));
    }
  }
}

// A second copy of the package in one program would take the listener away from the first.
if (!globalThis[MARK]) {
  const jitney = new Jitney();
  Object.defineProperty(globalThis, MARK, { value: jitney });
  jitney.begin();
}
module.exports = globalThis[MARK];
