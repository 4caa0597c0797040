-- An exit that is taken again and again, since no side trace is made for it.
require("jit.opt").start("hotexit=60000")
local s, rnd = 0, 12345
local function step(n)
    for i = 1, n do
        rnd = (rnd * 1103515245 + 12345) % 2147483648
        if rnd % 1024 < 512 then
            s = s + 1
        end
    end
end
step(tonumber(arg[1]))
