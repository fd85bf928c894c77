# Tickets that a classifier has judged, one a minute, as lines of JSON: the same ones each time, on any awk.
# Day 1 is 2026-03-01. Until day 30 the labels follow the predicted probabilities. On day 30 more urgent tickets come, and the model
# knows. On day 34 the labels no longer have to do with the predictions: their shares stay as they were.
function random() {
    seed = (seed * 16807) % 2147483647 # Park and Miller, CACM 31 (1988) 1192-1201
    return seed / 2147483647
}
function pick(value, shares) {
    u = random()
    for (k = 1; u >= shares[k] && k < 5; k++) u -= shares[k]
    return value[k]
}
BEGIN {
    seed = 20260301
    split("0.02 0.10 0.40 0.70 0.95", p, " ")
    split("0.40 0.25 0.15 0.10 0.10", usual, " ")
    split("0.20 0.20 0.20 0.20 0.20", busy, " ")
    for (minute = 0; minute < 34 * 1440; minute++) {
        day = int(minute / 1440) + 1
        urgent = day == 30 ? pick(p, busy) : pick(p, usual)
        truth = day == 34 ? pick(p, usual) : urgent # the probability that the label follows
        actual = random() < truth ? "urgent" : "normal"
        predicted = urgent > 0.5 ? "urgent" : "normal"
        date = day <= 31 ? sprintf("2026-03-%02d", day) : sprintf("2026-04-%02d", day - 31)
        printf("{\"time\":\"%sT%02d:%02d:00Z\",\"p\":{\"urgent\":%.2f,\"normal\":%.2f},\"predicted\":\"%s\",\"actual\":\"%s\"}\n",
            date, int(minute / 60) % 24, minute % 60, urgent, 1 - urgent, predicted, actual)
    }
}
