# Rule: no function above 80 lines, no file of the program above 600; at least 0.8 lines of tests for each of source.
#
#   perl sizes.pl TREE
#
# Says the median and the ninth decile of the rooms' functions, from the first line of the signature to the
# closing brace, and the ratio of tests to source, so that they can be followed over time.
use strict;
use warnings;
use Tree;

my ($FUNCTION, $FILE, $RATIO) = (80, 600, 0.8);
my ($tree) = @ARGV;
my (@found, @lengths);
my %lines = (source => 0, tests => 0);

for my $file (grep { /\.(c|h|sh|bash|bats|pl|pm)$|^\.ci\/run$/ } files($tree)) {
    my $text = slurp("$tree/$file");
    my $count = $text =~ tr/\n//;
    push @found, "$file: $count lines, above $FILE" if $count > $FILE && $file !~ m{^tests/};
    $lines{tests} += $count if $file =~ m{^tests/};
    $lines{source} += $count if defined room_of($file) && $file =~ /\.[ch]$/;
    next if $file !~ /\.[ch]$/;
    for my $item (grep { $_->{kind} eq 'function' } items(code($text, directives => 1))) {
        my $length = $item->{last} - $item->{first} + 1;
        push @lengths, $length if defined room_of($file);
        push @found, "$file:$item->{first}: a function of $length lines, above $FUNCTION" if $length > $FUNCTION;
    }
}
@lengths = sort { $a <=> $b } @lengths;
my $ratio = $lines{source} ? $lines{tests} / $lines{source} : 0;
push @found, sprintf('%d lines of tests for %d of source: %.2f, below %.1f', $lines{tests}, $lines{source}, $ratio,
                     $RATIO) if $ratio < $RATIO;
printf "functions: %d, median %d lines, ninth decile %d, longest %d\n", scalar @lengths,
    $lengths[$#lengths / 2] || 0, $lengths[$#lengths * 0.9] || 0, $lengths[-1] || 0;
printf "lines: %d of tests, %d of source, %.2f\n", $lines{tests}, $lines{source}, $ratio;
report('sizes', @found);
