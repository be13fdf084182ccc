# Prints what a run of proofs has shown, as tests/PROOF.md has it.
#
#   perl proof.pl LOGS
#
# LOGS is the folder that run.sh has filled: figures (FILE, SECTION, WHAT and VALUE with tabs between them; figure() of
# helper.bash writes them), counts, bats-seconds, seconds, commit. Not a number comes from anywhere else.
use strict;
use warnings;
use POSIX qw(strftime uname);

my @SECTIONS = (
    [ 'Crash matrix', 'A fault at the calls of a command that change a disk: the shares are judged at once; then the '
          . 'command once more, without a fault, must finish, and they are judged again.' ],
    [ 'Order of writes', 'What strace saw, checked against the protocol: nothing gets its name before it is on the disk.' ],
    [ 'Full disks', 'Disks that are really full, or gone.' ],
    [ 'Power cuts', 'Store, state and shares as the disk has them at that moment, without what the kernel still held. '
          . 'This shows missing fsyncs; a disk that lies about them it does not show.' ],
    [ 'Readers', 'Clients that read all the time, over SMB and HTTP.' ],
    [ 'Sites', 'Shares on other servers, judged all the time.' ],
    [ 'A month', 'One service for thirty days of its clock, with all that goes wrong in a year.' ],
    [ 'Attacks', 'Hostile files, servers, accounts and surroundings. Each must be refused with its own exit status, and '
          . 'change nothing.' ],
    [ 'Fuzzing', 'libFuzzer with address and undefined-behaviour sanitizers. An execution is one input.' ],
    [ 'Coverage', 'Lines of the parsers that the unit tests and the corpora run.' ],
    [ 'Static and dynamic', 'Analysers that must have nothing to say, and tests under sanitizers and valgrind.' ],
    [ 'Scale and time', 'What grows, and what must not.' ],
);

my ($logs) = @ARGV;

sub lines_of {
    open(my $file, '<', "$logs/$_[0]") or return;
    chomp(my @lines = <$file>);
    return @lines;
}

sub cell {
    my ($text) = @_;
    $text =~ s/\|/\\|/g;
    return $text;
}

sub machine {
    my ($system, undef, $release, undef, $processor) = uname();
    my $processors = grep { /^processor\s*:/ } do { open(my $file, '<', '/proc/cpuinfo'); <$file> };
    my ($memory) = map { /^MemTotal:\s*(\d+)/ ? sprintf('%.0f GiB', $1 / 2**20) : () }
        do { open(my $file, '<', '/proc/meminfo'); <$file> };
    my ($debian) = map { /^PRETTY_NAME="(.*)"/ ? $1 : () } do { open(my $file, '<', '/etc/os-release'); <$file> };
    return "$debian, $system $release $processor, $processors processors, $memory";
}

sub totals {
    my @sum = (0, 0, 0);
    my @bad;
    for (lines_of('counts')) {
        my ($passed, $failed, $skipped, $name) = split ' ';
        $sum[0] += $passed, $sum[1] += $failed, $sum[2] += $skipped;
        push @bad, $name if $failed;
    }
    return (sprintf('%d passed, %d failed, %d skipped', @sum), @bad);
}

my (%rows, %seconds);
for (lines_of('figures')) {
    my ($file, $section, $what, $value) = split /\t/;
    push @{ $rows{$section}{$file} }, [ $what, $value ];
}
for (lines_of('bats-seconds')) {
    my ($taken, $file) = split ' ';
    $seconds{$file} = $taken;
}
my ($total, @bad) = totals();
my ($commit) = lines_of('commit');
my ($taken) = lines_of('seconds');

print "# Proof\n\nWritten by `sh tests/run.sh --proof`, not by hand: every number was counted by that run. ",
    "README, \"Tests\", says what the words mean.\n\n";
printf "- result: **%s**%s, after %d min\n", $total, @bad ? " (failed: @bad)" : '', $taken / 60;
print "- commit: $commit\n- when: ", strftime('%Y-%m-%d', gmtime), "\n- machine: ", machine(), "\n";
print "- everything again: `sh tests/run.sh --proof`; one part of it: the command above its table\n";
my %known = map { $_->[0] => 1 } @SECTIONS;
for (@SECTIONS, map { [ $_, '' ] } grep { !$known{$_} } sort keys %rows) {
    my ($section, $about) = @$_;
    my $files = $rows{$section} or next;
    print "\n## $section\n", $about ? "\n$about\n" : '';
    for my $file (sort keys %$files) {
        print "\n`sh tests/run.sh --proof $file`", $seconds{$file} ? " ($seconds{$file} s)" : '', "\n\n";
        print "| what | counted |\n| --- | --- |\n";
        printf "| %s | %s |\n", map { cell($_) } @$_ for @{ $files->{$file} };
    }
}
