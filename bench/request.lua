-- What wrk sends: a prefix, a value drawn from a file, a suffix. All of it comes from the environment.
local values, first = {}, tonumber(os.getenv("BENCH_ACTIVE"))
for line in io.lines(os.getenv("BENCH_VALUES")) do
  values[#values + 1] = line
  if #values == first then break end
end
local prefix, suffix, count = os.getenv("BENCH_PREFIX"), os.getenv("BENCH_SUFFIX"), #values
math.randomseed(tonumber(os.getenv("BENCH_SEED")))

request = function()
  return prefix .. values[math.random(count)] .. suffix
end

done = function(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %.1f %.1f", summary.requests, summary.duration, errors.status,
    latency:percentile(50), latency:percentile(99)))
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  if broken > 0 then print("BROKEN " .. broken) end
end
