# Counts the tests of a log for run.sh, and shows those that failed.
#
#   perl count.pl ctest|bats LOG COUNTS
#
# Appends "passed failed skipped LOG's-name" to COUNTS. The log is what `ctest -V` or `bats --tap` has printed. A program of
# ctest that prints results of its own (cmocka, TAP) counts as those; another one, or one that fails without any of
# them failing, as one. Tests that a plan promised and that never came have failed.
use strict;
use warnings;

my $SHOWN = 60; # lines of a failed program

my ($kind, $log, $counts) = @ARGV;
my %count = (passed => 0, failed => 0, skipped => 0);

# Results of cmocka and TAP in some lines.
sub results {
    my %found = (passed => 0, failed => 0, skipped => 0);
    my $plan = 0;
    for (@_) {
        $found{ lc $1 } += $2 if /^\[  (PASSED|FAILED|SKIPPED) ? \] (?:\S.*?: )?(\d+) test\(s\)/;
        $plan = $1 if /^1\.\.(\d+)/;
        next if !/^(not )?ok\b(.*)/;
        $found{ $1 ? 'failed' : $2 =~ /# skip\b/i ? 'skipped' : 'passed' }++;
    }
    my $seen = $found{passed} + $found{failed} + $found{skipped};
    $found{failed} += $plan - $seen if $plan > $seen;
    return %found;
}

sub add {
    my (%more) = @_;
    $count{$_} += $more{$_} for keys %more;
}

sub show {
    my ($what, @lines) = @_;
    splice(@lines, 0, @lines - $SHOWN, "…\n") if @lines > $SHOWN;
    print "-- $what\n", @lines;
}

# What ctest calls one test: how it ended, and what it printed.
sub count_program {
    my ($name, $end, @lines) = @_;
    my %found = results(@lines);
    my $sum = $found{passed} + $found{failed} + $found{skipped};
    my $bad = $end !~ /^(Passed|\*\*\*Skipped)/;
    $found{failed}++ if $bad && !$found{failed};
    $found{ $end =~ /Skipped/ ? 'skipped' : 'passed' }++ if !$bad && !$sum;
    add(%found);
    show("$name: $end", @lines) if $bad;
}

sub count_ctest {
    my (%lines, $programs);
    for (@_) {
        push @{ $lines{$1} }, "$2\n" if /^(\d+): (.*)/;
        next if !m{^\s*\d+/\d+ Test\s+#(\d+): (\S+) [ .]*(.*?)\s+[\d.]+ sec};
        $programs++;
        count_program($2, $3, @{ $lines{$1} || [] });
    }
    return if $programs;
    add(failed => 1);
    show('ctest has run nothing', @_);
}

# The lines of a failed bats test follow its result.
sub count_bats {
    my $failing = 0;
    my %found = results(@_);
    $found{failed} = 1 if !grep { $_ } values %found;
    add(%found);
    show($log, @_) if $found{failed} && !grep { /^not ok/ } @_;
    for (@_) {
        $failing = defined $1 if /^(not )?ok\b/;
        print if $failing;
    }
}

open(my $file, '<', $log) or die "$log: $!\n";
my @lines = <$file>;
$kind eq 'ctest' ? count_ctest(@lines) : count_bats(@lines);
(my $name = $log) =~ s{.*/}{};
printf "   %s: %d passed, %d failed, %d skipped\n", $name, @count{qw(passed failed skipped)};
open(my $out, '>>', $counts) or die "$counts: $!\n";
print $out "@count{qw(passed failed skipped)} $name\n";
