# Prints what proofs have shown, as tests/PROOF.md has it.
#
#   perl proof.pl PROOFS
#
# PROOFS is the folder that run.sh has filled: counts, seconds and commit of the last whole run, and for each file a folder
# with name, result (passed failed skipped), seconds, commit and figures (SECTION, WHAT and VALUE with tabs between them;
# figure() of helper.bash writes them). Not a number comes from anywhere else.
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

my ($proofs) = @ARGV;

sub lines_of {
    open(my $file, '<', "$proofs/$_[0]") or return;
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

# "3 passed, 0 failed, 1 skipped" of some lines of counts.
sub told {
    my @sum = (0, 0, 0);
    for (@_) {
        my @count = split ' ';
        $sum[$_] += $count[$_] for 0 .. 2;
    }
    return sprintf('%d passed, %d failed, %d skipped', @sum);
}

sub proof_of {
    my ($folder) = @_;
    my %proof;
    ($proof{$_}) = lines_of("$folder/$_") for qw(name result seconds commit);
    for (lines_of("$folder/figures")) {
        my ($section, $what, $value) = split /\t/;
        push @{ $proof{rows}{$section} }, [ $what, $value ];
    }
    return \%proof;
}

my @proofs = sort { $a->{name} cmp $b->{name} } map { m{([^/]+)/name$} ? proof_of($1) : () } glob("$proofs/*/name");
my ($commit) = lines_of('commit');
my ($seconds) = lines_of('seconds');
my @counts = lines_of('counts');
my @bad = map { (split ' ')[3] } grep { (split ' ')[1] } @counts;
my @failed = grep { !$_->{result} || (split ' ', $_->{result})[1] } @proofs;
my @again = grep { $_->{commit} ne ($commit // '') } @proofs;

print "# Proof\n\nWritten by `sh tests/run.sh --proof`, not by hand: every number was counted by a run.\n\n";
if ($commit) {
    printf "- the last whole run, every test and every proof: %s%s, in %d minutes\n", told(@counts),
        @bad ? " (failed: @bad)" : '', $seconds / 60;
    print "- its commit: $commit\n";
}
print "- run alone", $commit ? ' since then' : '', ", on the commit that stands beside it: ",
    join(', ', map { "`$_->{name}`" } @again), "\n" if @again;
print "- failed: ", join(', ', map { "`$_->{name}` (" . told($_->{result} // '') . ')' } @failed), "\n" if @failed;
print "- the machine: ", machine(), "\n";
print "- everything again: `sh tests/run.sh --proof`; one part of it: the command above its table\n";
my %known = map { $_->[0] => 1 } @SECTIONS;
my %seen = map { $_ => 1 } map { keys %{ $_->{rows} } } @proofs;
for (@SECTIONS, map { [ $_, '' ] } grep { !$known{$_} } sort keys %seen) {
    my ($section, $about) = @$_;
    next if !$seen{$section};
    print "\n## $section\n", $about ? "\n$about\n" : '';
    for my $proof (grep { $_->{rows}{$section} } @proofs) {
        printf "\n`sh tests/run.sh --proof %s`: %s, %d s%s\n\n", $proof->{name}, told($proof->{result} // ''), $proof->{seconds},
            $proof->{commit} eq ($commit // '') ? '' : ", commit $proof->{commit}";
        print "| what | counted |\n| --- | --- |\n";
        printf "| %s | %s |\n", map { cell($_) } @$_ for @{ $proof->{rows}{$section} };
    }
}
