// A child that is another program, and one that is node again.
'use strict';
const { execFileSync, fork } = require('child_process');
execFileSync('/bin/true');
execFileSync(process.execPath, ['-e', '0']);
if (process.argv[2] !== 'child') fork(__filename, ['child'], { env: { ...process.env, NODE_OPTIONS: '' }, execArgv: process.execArgv, stdio: 'inherit' });
