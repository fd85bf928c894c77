# Tickets of a help desk, one every two minutes, as lines of JSON: the same ones each time, on any awk. Day 1 is 2026-03-01. A ticket has
# ten words, drawn from 24 in the proportions 1, 1/2, 1/3 ... 1/24. On day 33 each word is, with a probability of 0.2, one of four others,
# with equal shares: update and app, which are the 6th and the 12th of the 24, and crashes and freezes, which nobody wrote before.
function random() {
    seed = (seed * 16807) % 2147483647 # Park and Miller, CACM 31 (1988) 1192-1201
    return seed / 2147483647
}
function word(u) {
    u = random() * total
    for (i = 1; i < words; i++) {
        u -= 1 / i
        if (u < 0) {
            return usual[i]
        }
    }
    return usual[words]
}
BEGIN {
    seed = 20260301
    words = split("order invoice delivery account password update refund login late address price app missing "\
        "change card return email wrong size colour parcel voucher cancel thanks", usual, " ")
    split("update app crashes freezes", other, " ")
    for (i = 1; i <= words; i++) {
        total += 1 / i
    }
    for (minute = 0; minute < 34 * 1440; minute += 2) {
        day = int(minute / 1440) + 1
        date = day <= 31 ? sprintf("2026-03-%02d", day) : sprintf("2026-04-%02d", day - 31)
        text = ""
        for (k = 0; k < 10; k++) {
            next_word = word()
            if (day == 33 && random() < 0.2) {
                next_word = other[int(random() * 4) + 1]
            }
            text = text (k == 0 ? toupper(substr(next_word, 1, 1)) substr(next_word, 2) : " " next_word)
        }
        printf("{\"time\":\"%sT%02d:%02d:00Z\",\"text\":\"%s.\"}\n", date, int(minute / 60) % 24, minute % 60, text)
    }
}
