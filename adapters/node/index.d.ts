/** Tells jitney what V8 compiles: for perf, gdb and recordings. */
declare namespace jitney {
  interface Options {
    perfmap?: boolean;
    jitdump?: boolean;
    gdb?: boolean;
    /** A recording; a text is its file, in which %p becomes the pid. */
    record?: boolean | string;
    log?: boolean | string;
    /** Where files go; /tmp without. */
    directory?: string;
    /** Classes or groups of events that are recorded: 'Compile,Deopt'. */
    filter?: string | string[];
    /** Only code with this in its name or file; true: neither node's own nor node_modules. */
    userCode?: string | true;
  }
  interface Code {
    address: number;
    size: number;
    name: string;
    kind: 'jit' | 'bytecode' | 'wasm' | 'stub' | 'other';
    tier: 'jit' | 'interpreted' | 'baseline' | 'mid-tier' | 'optimized';
    tierName?: string;
    file?: string;
    line?: number;
    column?: number;
    function?: number;
    /** [offset, line, column] */
    lines?: [number, number, number][];
  }
  interface Event extends Partial<Code> {
    type: string;
    /** CLOCK_MONOTONIC, in nanoseconds. */
    time: number;
    tid?: number;
    code?: number;
    from?: number;
    reason?: string;
    [field: string]: unknown;
  }
  interface Recording {
    start(): unknown;
    stop(): unknown;
    reset(): unknown;
    enabled(): boolean;
    get(): Event[];
    save(file: string): unknown;
    load(file: string): Event[];
    setFilter(...names: string[]): unknown;
  }
  interface Counters {
    events: number;
    dropped: number;
    livingCode: number;
    failedSinks: number;
    [name: string]: number;
  }
  const active: boolean;
  /** Why it cannot work here; null when it can. */
  const problem: Error | null;
  const recording: Readonly<Recording>;
  function start(options?: Options): unknown;
  function stop(): unknown;
  /** Does nothing: what was told is in its files already. */
  function flush(): unknown;
  function codes(): Code[];
  function resolve(address: number | bigint | string): (Code & { inlined?: Code[] }) | null;
  function on(name: 'code' | 'event', listener: (event: Event) => void): unknown;
  function off(name: 'code' | 'event', listener: (event: Event) => void): unknown;
  function counters(): Counters;
}
export = jitney;
