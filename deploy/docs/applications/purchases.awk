# Writes 30 days of purchases as CSV: time, customer, category. Always the same: the random numbers are those of Park and Miller,
# "Random number generators: good ones are hard to find", Communications of the ACM 31 (1988) 1192-1201.
#   awk -f purchases.awk > purchases.csv

function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }

function draw(shares,   parts, i, u) {
  split(shares, parts, " "); u = uniform()
  for (i = 1; i < 5 && u >= parts[i]; i++) u -= parts[i]
  return category[i]
}

BEGIN {
  state = 16
  split("books garden music tools toys", category, " ")
  split("ana ben cora dana eli finn gus hana ivan jo", customer, " ")
  usual = "0.30 0.15 0.25 0.20 0.10"
  print "time,customer,category"
  for (minute = 0; minute < 30 * 1440; minute++)
    for (c = 1; c <= 10; c++)
      if (uniform() < 1 / 6) {                      # 240 purchases a day and customer
        shares = usual
        if (customer[c] == "ben") shares = "0.20 0.45 0.15 0.15 0.05"
        if (customer[c] == "cora") shares = "0.30 0.15 0.25 0.00 0.30"
        if (customer[c] == "dana" && minute >= 28 * 1440) shares = "0.10 0.15 0.45 0.20 0.10"
        printf "2026-03-%02dT%02d:%02d:00Z,%s,%s\n", 1 + minute / 1440, minute / 60 % 24, minute % 60, customer[c], draw(shares)
      }
}
