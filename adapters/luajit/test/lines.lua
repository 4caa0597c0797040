-- Prints what resolve() says of every byte of the first trace: offset, and frames, innermost first.
local jitney = require "jitney"
local function clip(x)
    if x > 3 then return x * 2 end
    return x
end
local s, t = 0, {}
for i = 1, 300 do
    s = s + clip(i % 7)
    t[i % 5 + 1] = s
    s = s *
        0.5
end
local code, last = jitney.codes()[1], nil
for offset = 0, code.bytes - 1 do
    local names = {}
    for _, frame in ipairs(jitney.resolve(code.address + offset)) do
        names[#names + 1] = (frame.inlined and frame.name or "trace") .. ":" .. frame.line
    end
    names = table.concat(names, " ")
    if names ~= last then print(names) end
    last = names
end
