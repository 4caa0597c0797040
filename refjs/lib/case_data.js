// Makes lib/case_data.h: `node case_data.js > case_data.h`. Simple mappings become ranges (first, last,
// step, what is added), the longer ones rows.
const cp=s=>[...s].map(c=>c.codePointAt(0));
function table(fn){const m=new Map(),special=[];
 for(let c=0x80;c<0x110000;c++){ if(c>=0xd800&&c<0xe000) continue; const s=String.fromCodePoint(c); let r=fn(s); if(r===s) continue; const p=cp(r);
  if(p.length===1) m.set(c,p[0]-c); else special.push([c,p]); }
 const rows=[];const keys=[...m.keys()];
 for(let i=0;i<keys.length;){ const c=keys[i],d=m.get(c); let best=1,step=1;
  for(const st of [1,2]){ let n=1; while(m.get(c+n*st)===d && (st===1|| n===1 || true)) n++; if(n>best){best=n;step=st;} }
  // step 2 must not skip over a mapped one between with the same delta (step 1 found) 
  rows.push([c,c+(best-1)*step,step,d]); for(let k=0;k<best;k++) m.delete(c+k*step);
  i++; while(i<keys.length && !m.has(keys[i])) i++; }
 rows.sort((a,b)=>a[0]-b[0]);
 return {rows,special};}
const up=table(s=>s.toUpperCase()), low=table(s=>s.toLowerCase());
let o='/* Case mappings of Unicode beyond ASCII, made by case_data.js. Included by string_case.c alone. */\n';
for(const [n,t] of [['upper',up],['lower',low]]){
 o+=`static const struct range ${n}_ranges[] = {\n`+t.rows.map(r=>`    {0x${r[0].toString(16)}, 0x${r[1].toString(16)}, ${r[2]}, ${r[3]}},\n`).join('')+'};\n\n';
 o+=`static const struct expansion ${n}_expansions[] = {\n`+t.special.map(r=>`    {0x${r[0].toString(16)}, {${r[1].map(x=>'0x'+x.toString(16)).join(', ')}}},\n`).join('')+'};\n\n';
}
process.stdout.write(o);
