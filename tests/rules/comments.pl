# Rule: what a reader is promised in words.
#
#   perl comments.pl TREE
#
# Every header of a room begins with a comment that says what it is for; every function that a header
# declares has a comment above it, in its own paragraph (one may head a group of declarations without a blank
# line between them); and nothing is left for later.
use strict;
use warnings;
use Tree;

my $LATER = join '|', map { "$_->[0]$_->[1]" } ['TO', 'DO'], ['FIX', 'ME'], ['XX', 'X'];
my ($tree) = @ARGV;
my @found;

# True if the paragraph in which line `first` stands has a comment at the margin above it. `inside` has the lines
# that lie within braces: a blank one there ends no paragraph.
sub has_comment_above {
    my ($first, $lines, $inside) = @_;
    for (my $at = $first - 1; $at >= 1; $at--) {
        return 1 if $lines->[$at - 1] =~ m{^/[*/]};
        return 0 if $lines->[$at - 1] =~ /^\s*$/ && !$inside->{$at};
    }
    return 0;
}

sub check_header {
    my ($file) = @_;
    my $text = slurp("$tree/$file");
    my @lines = split /\n/, $text;
    push @found, "$file:1: begins without saying what it is for" if $text !~ m{\A\s*/[*/]};
    my @items = items(code($text, directives => 1));
    my %inside = map { $_ => 1 } map { $_->{first} + 1 .. $_->{last} } @items;
    for my $item (grep { $_->{kind} eq 'declaration' } @items) {
        my $name = declared_function($item->{text});
        push @found, "$file:$item->{first}: $name is declared without a comment"
            if defined $name && !has_comment_above($item->{first}, \@lines, \%inside);
    }
}

sub check_left_over {
    my ($file) = @_;
    return if !-T "$tree/$file";
    my $line = 0;
    for (split /\n/, slurp("$tree/$file")) {
        $line++;
        push @found, "$file:$line: $1 is left for later" if /\b($LATER)\b/;
    }
}

check_header($_) for grep { /\.h$/ } room_files($tree);
check_left_over($_) for grep { !m{^tests/golden/} } files($tree);
report('comments', @found);
