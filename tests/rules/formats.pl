# Rule: ringmgr-formats(7) names what the program writes: keys of JSON documents, events of the log, metrics, codes of
# attentions, actions of the history. Each of them, and nothing else.
#
#   perl formats.pl TREE
#   perl formats.pl --table MANPAGE     its documents, a key a line: command, path, key
#
# In the page a document is a literal block below its command's name (.It Ic, else .Sh), each line a path and the keys
# there; "(entry)" stands for a form that has a block of its own. The program's names are found as literals in the calls
# and tables that write them; for attentions and actions, which have many ways, one that stands anywhere in ops/ counts.
use strict;
use warnings;
use Tree;

# Of each command of the page [path, key], forms put in.
sub read_documents {
    my ($page) = @_;
    my (%block, @names);
    for (split /\n/, $page) {
        @names = ($1)            if /^\.Sh (.*)/;
        @names = ()              if /^\.Ss /;
        @names = split / , /, $1 if /^\.It Ic (.*)/;
        my ($path, $keys) = /^\\&(\.\S*) +(.*)/ or next;
        for my $name (@names) {
            push @{ $block{$name} }, [$path, $_] for split ' ', $keys;
        }
    }
    for my $name (grep { !/^\(/ } keys %block) {
        $block{$name} = [map { put_in($_, \%block) } @{ $block{$name} }];
    }
    return \%block;
}

# [path, "(entry)"] as what an entry has, at that path.
sub put_in {
    my ($pair, $block) = @_;
    my ($path, $key) = @$pair;
    return $pair if $key !~ /^\(/;
    return map { [$path, $_->[1]] } @{ $block->{$key} || die "formats: the page has no form $key\n" };
}

if ($ARGV[0] eq '--table') {
    my $documents = read_documents(slurp($ARGV[1]));
    for my $name (sort keys %$documents) {
        print join("\t", $name, @$_), "\n" for @{ $documents->{$name} };
    }
    exit 0;
}

my ($tree) = @ARGV;
my $page = slurp("$tree/ringmgr/app/ringmgr-formats.7");
my %source = map { $_ => slurp("$tree/$_") } grep { m{^ringmgr/} } room_files($tree);
my $all = join "\n", map { $source{$_} } sort keys %source;
my $ops = join "\n", map { $source{$_} } grep { room_of($_) eq 'ops' } sort keys %source;
my @found;

sub names {
    return { map { $_ => 1 } grep { defined } @_ };
}

sub section {
    my ($name) = @_;
    return $page =~ /^\.Sh \Q$name\E\n(.*?)(?=^\.Sh |\z)/ms ? $1 : '';
}

# What is in one list only; `also` is what nobody must be seen to write.
sub compare {
    my ($what, $program, $named, $also) = @_;
    push @found, "no $what at all" if !%$program || !%$named;
    push @found, map { "the page lacks the $what $_" } grep { !$named->{$_} } sort keys %$program;
    push @found, map { "nothing writes the $what $_" } grep { !$program->{$_} && !$also->{$_} } sort keys %$named;
}

# Entries and notices have tables of their keys; architecture_name() is one, too.
my $setter = qr/\b(?:jv_set\w*|output_set_build|set_progress|set_digest|set)/;
compare('key',
    names($all =~ /$setter\(\s*[\w>.*-]+,\s*"([^"]+)"/g,
        ($source{'ringmgr/state/journal.c'} // '') =~ /^    \{"(\w+)", offsetof/mg,
        ($source{'ringmgr/ops/letter.c'} // '') =~ /^        \{"(\w+)", /mg,
        'x64', 'x86'),
    names(map { $_->[1] } grep { $_->[1] !~ /^\(/ } map { @$_ } values %{ read_documents($page) }), {});

# Events with their keys: "sync ring". Paths are told by a function of their own.
my @events = map { [$_, 'ring="path="more="'] } $all =~ /tell_paths\(app, \w+, "([a-z-]+)"/g;
my @logged = $all =~ /"event=([a-z-]+)( [^;]*);/g;
while (my ($event, $call) = splice @logged, 0, 2) {
    push @events, [$event, $call];
}
compare('event',
    names(map { my ($event, $call) = @$_; map { "$event $_" } $call =~ /(?:\A|[ "])([a-z_]+)=/g } @events),
    names(map { my ($event, undef, @keys) = split; map { "$event $_" } @keys } section('LOG') =~ /^\.Cm event=([a-z].*)/mg),
    {});

my %ending = (COUNTER => '_total', INFO => '_info', GAUGE => '');
my @metrics = $all =~ /\{"(ringmgr_\w+)", METRIC_(\w+)/g;
my %metrics;
while (my ($name, $type) = splice @metrics, 0, 2) {
    $metrics{ $name . $ending{$type} } = 1;
}
compare('metric', \%metrics, names(section('METRICS') =~ /^\.Cm (ringmgr_\w+)/mg), {});

my $literals = names($ops =~ /"([a-z]+(?:-[a-z]+)*)"/g);
my @constants = map { /(?:_code|\b[A-Z]+)\[\] = "([a-z]+-[a-z-]+)"/g } $ops =~ /static const char ([^;]+);/g;
my $raised = qr/\.code =|\bcode\[\] =|_CODE|refresh_live\(job, ring,|wait_for\(offer,|wait_code =/;
compare('attention',
    names(@constants, $ops =~ /(?:$raised) +"([a-z-]+)"/g),
    names(section('ATTENTIONS') =~ /^\.It Cm ([a-z-]+)/mg), $literals);

my $appended = qr/\.action =|\bappend(?:_entry|_noticed)?\((?:job|books|run),[^;"]*/;
my ($actions) = section('THE HISTORY') =~ /^(\.Bl.*?^\.El)/ms;
compare('action',
    names($ops =~ /(?:$appended) *"([a-z-]+)"/g),
    names(map { split / , / } ($actions // '') =~ /^\.Cm ([a-z, -]+?)(?: ,)?$/mg), $literals);

report('formats', @found);
