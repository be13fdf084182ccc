# Rule: an arrow only points down.
#
#   perl arrows.pl TREE
#
# Every #include "…" of a room's file names a file from the top level, in the same room or in one that the
# drawing in the design lets this room use; CMakeLists.txt links no room that the drawing does not allow and
# misses none that is included; and there is no circle: of headers that include each other, or, inside a room
# (only from the whole to its parts), of files that call each other.
use strict;
use warnings;
use Tree;

my %ALLOWED = (
    base   => [],
    c2r    => [qw(base)],
    store  => [qw(base)],
    policy => [qw(base c2r)],
    state  => [qw(base c2r policy)],
    config => [qw(base c2r policy state)],
    shares => [qw(base c2r store)],
    fetch  => [qw(base c2r store)],
    ops    => [qw(base c2r store policy state config shares fetch)],
    app    => [qw(base c2r store policy state config shares fetch ops)],
);

my ($tree) = @ARGV;
my @found;

# room name => { used room => 1 }, from the room(...) lines of CMakeLists.txt.
sub linked_rooms {
    my %uses;
    my $text = slurp("$tree/CMakeLists.txt") =~ s/#[^\n]*//gr;
    while ($text =~ /^room\(\s*(\w+)\s+(\S+?)\s*(?:\s(.*?))?\)/gms) {
        my ($room, $folder, $rest) = ($1, $2, defined $3 ? $3 : '');
        push @found, "CMakeLists.txt: room $room lies in $folder"
            if !grep { $_ eq $folder && room_of("$_/x") eq $room } @ROOMS;
        my ($used) = $rest =~ /\bUSES\s+(.*?)(?:\bLIBS\b|\bLOADS\b|$)/s;
        $uses{$room} = { map { $_ => 1 } split ' ', defined $used ? $used : '' };
    }
    return %uses;
}

sub allowed {
    my ($from, $to) = @_;
    return grep { $_ eq $to } @{ $ALLOWED{$from} || [] };
}

sub check_links {
    my (%uses) = @_;
    for my $room (sort keys %ALLOWED) {
        push @found, "CMakeLists.txt: there is no room($room …)" if !$uses{$room};
        for my $used (sort keys %{ $uses{$room} || {} }) {
            push @found, "CMakeLists.txt: room $room may not use $used" if !allowed($room, $used);
        }
    }
}

# file => [ [line, included file] … ]
sub includes {
    my %includes;
    for my $file (room_files($tree)) {
        my $line = 0;
        for (split /\n/, code(slurp("$tree/$file"), strings => 1)) {
            $line++;
            push @{ $includes{$file} }, [$line, $1] if /^\s*#\s*include\s*"([^"]*)"/;
        }
    }
    return %includes;
}

sub check_arrow {
    my ($file, $line, $to, $uses) = @_;
    my ($here, $there) = (room_of($file), room_of($to));
    return push @found, "$file:$line: \"$to\" is not the name of a room's file from the top level"
        if !defined $there || !-e "$tree/$to";
    return if $here eq $there;
    return push @found, "$file:$line: $here may not use $there (\"$to\")" if !allowed($here, $there);
    push @found, "$file:$line: CMakeLists.txt does not link $here to $there (\"$to\")"
        if !$uses->{$here} || !$uses->{$here}{$there};
}

# { node => { node => 1 } } with a way back to where it came from.
sub check_circles {
    my ($what, $edges) = @_;
    my (%state, $walk);
    $walk = sub {
        my ($node, @above) = @_;
        return push @found, "circle of $what: " . join(' -> ', @above, $node) if ($state{$node} || '') eq 'open';
        return if $state{$node};
        $state{$node} = 'open';
        $walk->($_, @above, $node) for sort keys %{ $edges->{$node} || {} };
        $state{$node} = 'done';
    };
    $walk->($_) for sort keys %$edges;
}

sub header_edges {
    my (%includes) = @_;
    my %edges;
    for my $file (grep { /\.h$/ } keys %includes) {
        $edges{$file}{ $_->[1] } = 1 for @{ $includes{$file} };
    }
    return \%edges;
}

# Which file calls a function that another file of its room defines. A part may include the header of its whole
# for a type; to call the whole would turn the arrow round.
sub call_edges {
    my (%code, %own, %home, %edges);
    for my $file (grep { /\.c$/ } room_files($tree)) {
        $code{$file} = code(slurp("$tree/$file"), directives => 1);
        for my $item (grep { $_->{kind} eq 'function' } items($code{$file})) {
            my $name = declared_function($item->{text});
            next if !defined $name;
            $own{$file}{$name} = 1;
            $home{ room_of($file) }{$name} = $file if $item->{text} !~ /^\s*static\b/;
        }
    }
    for my $file (keys %code) {
        my $here = $home{ room_of($file) } || {};
        for my $name (grep { defined } $code{$file} =~ /(?<![\w.>])(\w+)(?=\s*\()|AUTO\((\w+)/g) {
            $edges{$file}{ $here->{$name} } = 1 if exists $here->{$name} && !$own{$file}{$name};
        }
    }
    return \%edges;
}

my %uses = linked_rooms();
my %includes = includes();
check_links(%uses);
for my $file (sort keys %includes) {
    check_arrow($file, $_->[0], $_->[1], \%uses) for @{ $includes{$file} };
}
check_circles('headers', header_edges(%includes));
check_circles('calls', call_edges());
report('arrows', @found);
