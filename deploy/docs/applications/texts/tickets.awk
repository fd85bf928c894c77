# Tickets of a support team as five texts of 10 000 words each in the folder "tickets", the same ones each time, on any awk. The words of a
# text are drawn one by one by the shares below, in percent. February and March of delivery have the same shares; in April there is a strike.
function random() {
    seed = (seed * 16807) % 2147483647 # Park and Miller, CACM 31 (1988) 1192-1201
    return seed / 2147483647
}
function pick(shares) {
    u = random() * 100
    for (k = 1; u >= shares[k] && k < 8; k++) u -= shares[k]
    return word[k]
}
function write(file, percent) {
    split(percent, shares, " ")
    for (i = 1; i <= 10000; i++) printf("%s%s", pick(shares), i % 8 == 0 ? ".\n" : " ") > file
    close(file)
}
BEGIN {
    seed = 20260301
    split("card refund parcel late address password login strike", word, " ")
    write("tickets/billing.txt",           "40 30 10  5  5  5  5  0")
    write("tickets/account.txt",           "10  0  0  0 10 45 35  0")
    write("tickets/delivery-february.txt", " 5 10 40 25 20  0  0  0")
    write("tickets/delivery-march.txt",    " 5 10 40 25 20  0  0  0")
    write("tickets/delivery-april.txt",    " 5 15 30 30 10  0  0 10")
}
