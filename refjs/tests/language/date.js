"use strict";
// The basics of Date, in UTC.
const d = new Date(86400000 * 365.25 * 30 + 12345678);
console.log(d.getTime(), d.valueOf(), +d, d.toISOString(), JSON.stringify(d), d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCDay(), d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds(), d.getUTCMilliseconds());
for (const t of [0, -1, 1e12, -1e12, 951782400000, 4107542400000, 8.64e15, -62135596800000, 1709164800000]) { const x = new Date(t); console.log(x.toISOString(), x.getUTCDay(), x.getUTCMonth()); }
console.log(new Date(NaN).getTime(), typeof Date.now(), Date.now() > 1.6e12, performance.now() >= 0, typeof performance.now(), new Date(8.64e15 + 1).getTime(), new Date(5) - new Date(3), new Date(5) < new Date(6));
try { new Date(NaN).toISOString(); } catch (e) { console.log(e.name); }
console.log(new Date(0) instanceof Date, Object.prototype.toString.call(new Date()), new Date(new Date(7)).getTime(), typeof new Date(0), new Date("2020-02-29T12:34:56.789Z").getTime(), new Date("2020-02-29").getTime(), new Date("nonsense").getTime());
const t0 = performance.now();
let s = 0;
for (let i = 0; i < 1e5; i++) s += i;
console.log(performance.now() >= t0, s);
