-- What wrk sends is fixed before it starts, so no Lua runs per request; afterwards its figures are printed as JSON.

wrk.method = os.getenv("BENCH_METHOD")
local body_bytes = tonumber(os.getenv("BENCH_BODY_BYTES"))
if body_bytes > 0 then
    wrk.body = string.rep("u", body_bytes)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, ' ..
        '"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
