# Payments as JSON lines, 20 a second: from the second `from` (Unix time) up to `to`, or, without `to`, as they happen.
# In the last two minutes of every six they drift: amounts are half as large again, and most come from the app instead of the web.
function second(at,    drifts, i) {
    drifts = at % 360 >= 240
    for (i = 0; i < 20; i++) {
        printf "{\"time\":%d.%02d,\"amount\":%.2f,\"channel\":\"%s\"}\n", at, i * 5, amount(drifts ? 60 : 40), channel(drifts ? 0.3 : 0.6)
    }
}

# Exponential.
function amount(mean) { return -mean * log(1 - rand()) }

function channel(web,    u) {
    u = rand()
    return u < web ? "web" : u < 0.9 ? "app" : "shop"
}

function now(    at) {
    "date +%s" | getline at
    close("date +%s")
    return at + 0
}

BEGIN {
    srand(from)
    at = from
    while (to == "" || at < to) {
        if (to == "") {
            system("sleep 1") # and writes what is buffered
            if (now() - at > 60) { at = now() } # the machine has slept
        }
        for (end = to == "" ? now() : to; at < end; at++) { second(at) }
    }
}
