# Writes 90 days of purchases as CSV: time, category. Two sales, and a fault on the last two days. Always the same: the random numbers
# are those of Park and Miller, "Random number generators: good ones are hard to find", Communications of the ACM 31 (1988) 1192-1201.
#   awk -f shop.awk > shop.csv

function uniform() { state = (state * 16807) % 2147483647; return state / 2147483647 }

function draw(shares,   parts, i, u) {
  split(shares, parts, " "); u = uniform()
  for (i = 1; i < 5 && u >= parts[i]; i++) u -= parts[i]
  return category[i]
}

BEGIN {
  state = 6
  split("books garden music tools toys", category, " ")
  split("31 28 31 30 31", length_of, " ")
  print "time,category"
  month = 1; of_month = 1
  for (day = 0; day < 90; day++) {
    shares = "0.30 0.15 0.25 0.20 0.10"
    if ((day >= 35 && day < 42) || (day >= 63 && day < 70)) shares = "0.15 0.40 0.15 0.25 0.05"  # a sale of garden tools
    if (day >= 88) shares = "0.30 0.15 0.00 0.20 0.35"                                           # music is booked as toys
    for (minute = 0; minute < 1440; minute++)
      if (uniform() < 0.25)
        printf "2026-%02d-%02dT%02d:%02d:00Z,%s\n", month, of_month, minute / 60, minute % 60, draw(shares)
    if (++of_month > length_of[month]) { month++; of_month = 1 }
  }
}
