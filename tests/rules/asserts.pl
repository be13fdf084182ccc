# Rule: a question of a bats test can fail it.
#
#   perl asserts.pl TREE
#
# `[ a ] && [ b ]` cannot fail for a: `set -e` heeds the last command of such a list alone. Unless the list is the last line
# of its function or test, whose status counts, each question is a line of its own. Nor can `! a` fail there.
use strict;
use warnings;
use Tree;

my ($tree) = @ARGV;
my @found;

# What asks; and what follows a condition ("if … then", said shorter).
my $QUESTION = qr/(?:\[\[?|!|grep|cmp|diff|expect|has|says|prints|json|entry|logged)\s/;
my $CHOICE = qr/(?:return|exit|continue|break|set|\{|exec|\w+\+?=\S*)(?:\s|;|$)/;

sub is_void {
    my ($line, $next) = @_;
    my ($list) = $line =~ /^\s+($QUESTION.*)$/ or return 0;
    return 0 if $list =~ /\|\|/ || $list =~ /(?:&&|\||\\)$/; # it has an "else", or goes on
    $list =~ s/\$\((?:[^()]|\([^()]*\))*\)|<\((?:[^()]|\([^()]*\))*\)|\[\[.*?\]\]|"[^"]*"|'[^']*'/x/g; # the "&&" of others
    my $is_list = $list =~ /\s&&\s/ && $list !~ /&&\s+$CHOICE[^&]*$/;
    return ($is_list || $list =~ /^!/) && $next !~ /^\s*\}/;
}

for my $file (grep { m{^tests/.*\.(?:bats|bash)$} } files($tree)) {
    my $text = slurp("$tree/$file");
    $text =~ s/(<<-?(['"]?)(\w+)\g2[^\n]*\n)(.*?\n)(?=\s*\g3\n)/$1 . ($4 =~ tr{\n}{}cdr)/gse; # what is written to files
    my @lines = split /\n/, $text;
    for my $i (grep { is_void($lines[$_], $lines[ $_ + 1 ] // '') } 0 .. $#lines) {
        push @found, "$file:" . ($i + 1) . ': this cannot fail here: a line for each question, and ! COMMAND || return';
    }
}

report('asserts', @found);
