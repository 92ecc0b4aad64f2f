-- What wrk sends: a prefix, a value drawn from a file, a suffix. All of it comes from the environment.
-- Values are lines of one length, so that a million of them are read at once and cut out where they stand.
local file = assert(io.open(os.getenv("BENCH_VALUES")))
local values = file:read("*a")
file:close()
local width = assert(values:find("\n"))
local count = math.min(tonumber(os.getenv("BENCH_ACTIVE")), #values / width)
local prefix, suffix = os.getenv("BENCH_PREFIX"), os.getenv("BENCH_SUFFIX")
math.randomseed(tonumber(os.getenv("BENCH_SEED")))

request = function()
  local at = (math.random(count) - 1) * width
  return prefix .. values:sub(at + 1, at + width - 1) .. suffix
end

done = function(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %.1f %.1f", summary.requests, summary.duration, errors.status,
    latency:percentile(50), latency:percentile(99)))
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  if broken > 0 then print("BROKEN " .. broken) end
end
