// For import: the same object as require('jitney').
import jitney from './index.js';

export default jitney;
export const recording = jitney.recording;
export const start = (options) => jitney.start(options);
export const stop = () => jitney.stop();
export const flush = () => jitney.flush();
export const codes = () => jitney.codes();
export const resolve = (address) => jitney.resolve(address);
export const on = (name, listener) => jitney.on(name, listener);
export const off = (name, listener) => jitney.off(name, listener);
export const counters = () => jitney.counters();
