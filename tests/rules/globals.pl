# Rule: no mutable globals, and goto only to undo.
#
#   perl globals.pl TREE
#
# A variable at file scope, or a static one in a function, is const itself: `static const char *names[]` is an
# array of pointers that anybody can change, `static const char *const names[]` is not.
use strict;
use warnings;
use Tree;

my ($tree) = @ARGV;
my @found;

# Whether a declaration without its initialiser declares a variable that can change.
sub is_mutable {
    my ($text) = @_;
    return $1 !~ /\bconst\b/ if $text =~ /^[^(]*\(\s*\*([^)]*)\)/; # a pointer to a function
    return 0 if $text =~ /\(/;
    return $text !~ /\*\s*const\b[^*]*$/ if $text =~ /\*/;
    return $text !~ /\bconst\b/;
}

# Names of function types: `read_fn read_text;` declares a function.
my $FUNCTION_TYPE = join '|', '(?!)',
    map { code(slurp("$tree/$_")) =~ /^typedef\s[^;(]*?\b(\w+)\s*\((?!\s*\*)/gm } room_files($tree);

sub check_declaration {
    my ($file, $item) = @_;
    my $head = without_braces($item->{text});
    return if $head =~ /^\s*(typedef|static_assert|_Static_assert)\b/;
    return if $head =~ /^\s*(?:extern\s+)?(?:$FUNCTION_TYPE)\s+\w+(?:\s*,\s*\w+)*\s*$/;
    return if $head =~ /^\s*((static|const)\s+)*(struct|union|enum)\s*\w*\s*$/ || $head =~ /^\s*$/;
    push @found, "$file:$item->{first}: a global that can change: " . ($head =~ s/\s+/ /gr) if is_mutable($head);
}

sub check_body {
    my ($file, $item) = @_;
    my $line = $item->{first} - 1;
    for (split /\n/, $item->{text}) {
        $line++;
        push @found, "$file:$line: a static variable that can change" if /^\s*static\s+([^;=]*)/ && is_mutable($1)
            && $line > $item->{first};
        push @found, "$file:$line: goto $1: only `undo` is jumped to" if /\bgoto\s+(?!undo\b)(\w+)/;
    }
}

for my $file (room_files($tree)) {
    for my $item (items(code(slurp("$tree/$file"), directives => 1))) {
        $item->{kind} eq 'function' ? check_body($file, $item) : check_declaration($file, $item);
    }
}
report('globals', @found);
