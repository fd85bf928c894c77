# Bits that are sent over a noisy channel, one a minute, and what is received of them, as lines of a key, a vertical bar and JSON, for kcat:
# the same ones each time, on any awk. With -v topic=sent those that are sent, with -v topic=received those that arrive, up to 90 seconds
# later. Day 1 is 2024-03-01. A bit is 0 or 1 with the same chance. One in 100 is lost. Of the others, 2 % are wrong, and from day 33 on 11 %.
function random() {
    seed = (seed * 16807) % 2147483647 # Park and Miller, CACM 31 (1988) 1192-1201
    return seed / 2147483647
}
function time(second) {
    day = int(second / 86400) + 1
    date = day <= 31 ? sprintf("2024-03-%02d", day) : sprintf("2024-04-%02d", day - 31)
    return sprintf("%sT%02d:%02d:%02dZ", date, int(second / 3600) % 24, int(second / 60) % 60, second % 60)
}
BEGIN {
    seed = 20240301
    for (minute = 0; minute < 36 * 1440; minute++) {
        bit = random() < 0.5 ? 0 : 1
        isLost = random() < 0.01
        isWrong = random() < (minute < 32 * 1440 ? 0.02 : 0.11)
        delay = 1 + int(90 * random())
        if (topic == "sent")
            printf("%d|{\"time\":\"%s\",\"bit\":%d}\n", minute, time(60 * minute), bit)
        else if (!isLost)
            printf("%d|{\"time\":\"%s\",\"bit\":%d}\n", minute, time(60 * minute + delay), isWrong ? 1 - bit : bit)
    }
}
