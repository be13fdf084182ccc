# chain.awk: does each history row hash to what it says, and does each name the one before it?
# A line a row: the hash as computed, the row's own hash, its previous_hash.

function fault(text) {
    print "row " NR ": " text
    failed = 1
}

$1 != $2 { fault("was altered: its hash is " $1 ", it says \"" $2 "\"") }
NR == 1 && $3 !~ /^0*$/ { fault("is not the first: it names a predecessor, " $3) }
NR > 1 && $3 != before { fault("does not follow row " (NR - 1) ": it names \"" $3 "\", that one is " before) }
{ before = $2 }

END {
    if (head != "" && head != before) {
        print "the newest row is " before ", not " head ": rows are missing"
        failed = 1
    }
    exit failed
}
