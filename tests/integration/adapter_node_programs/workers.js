// Workers, each with functions of its own.
'use strict';
const { Worker, isMainThread, workerData } = require('worker_threads');
if (isMainThread) {
  for (let i = 0; i < Number(process.argv[2]); i++) new Worker(__filename, { workerData: i });
} else {
  const own = new Function('a', `
    function worker${workerData}(x) { return x * ${workerData}; }
    let s = 0;
    for (let i = 0; i < a; i++) s += worker${workerData}(i);
    return s;`);
  for (let i = 0; i < 300; i++) own(1000);
}
