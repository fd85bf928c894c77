# Orders with the country that they are shipped to and the country of the card, one a minute, as lines of JSON: the same ones each time, on
# any awk. Day 1 is 2026-03-01. The card is from the country of the address with a probability of 0.9, and otherwise from any country, by
# the countries' usual shares; on day 33 with a probability of 0.5. So both fields keep their shares, and what one tells about the other
# does not.
function random() {
    seed = (seed * 16807) % 2147483647 # Park and Miller, CACM 31 (1988) 1192-1201
    return seed / 2147483647
}
function country() {
    u = random()
    return u < 0.4 ? "DE" : u < 0.7 ? "FR" : u < 0.9 ? "IT" : "ES"
}
BEGIN {
    seed = 20260301
    for (minute = 0; minute < 34 * 1440; minute++) {
        day = int(minute / 1440) + 1
        date = day <= 31 ? sprintf("2026-03-%02d", day) : sprintf("2026-04-%02d", day - 31)
        ship = country()
        other = country()
        card = random() < (day == 33 ? 0.5 : 0.9) ? ship : other
        printf("{\"time\":\"%sT%02d:%02d:00Z\",\"ship\":\"%s\",\"card\":\"%s\"}\n",
            date, int(minute / 60) % 24, minute % 60, ship, card)
    }
}
