# What every rule needs: the files of a tree, C without its comments and strings, and the things that stand at
# file scope. perl-base alone, because every Debian has it.
#
# This is no C parser. It counts braces in text from which comments, strings and preprocessor lines are gone;
# that is enough for code that clang-format has laid out, and the format itself is a rule.
package Tree;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(files room_files room_of slurp code items without_braces declared_function report @ROOMS);

# Folder of each room, by the name that CMakeLists.txt and the design use.
our @ROOMS = qw(ringmgr/base ringmgr/c2r ringmgr/store ringmgr/policy ringmgr/state config shares ringmgr/fetch
                ringmgr/ops ringmgr/app);

# Names of all files below a tree, relative to it. In a checkout those that git tracks or would track, so that
# a rule sees what a commit would hold; elsewhere all but what is built.
sub files {
    my ($tree) = @_;
    my @command = -e "$tree/.git"
        ? ('git', '-c', "safe.directory=*", '-C', $tree, 'ls-files', '-z', '-co', '--exclude-standard')
        : ('find', $tree, '-path', "$tree/build", '-prune', '-o', '-type', 'f', '-printf', '%P\\0');
    open(my $pipe, '-|', @command) or die "$command[0]: $!\n";
    local $/ = "\0";
    my @names = <$pipe>;
    close($pipe) or die "$command[0] failed in $tree\n";
    chomp @names;
    return sort grep { -f "$tree/$_" } @names;
}

# "ringmgr/base/fs.c" -> "base"; undef outside the rooms. Only files directly in a room's folder are its own.
sub room_of {
    my ($file) = @_;
    my ($folder) = $file =~ m{^(.*)/[^/]+$} or return undef;
    my ($room) = grep { $_ eq $folder } @ROOMS or return undef;
    return $room =~ s{^ringmgr/}{}r;
}

# The C files of all rooms.
sub room_files {
    my ($tree) = @_;
    return grep { /\.[ch]$/ && defined room_of($_) } files($tree);
}

sub slurp {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!\n";
    local $/;
    my $text = <$file>;
    return defined $text ? $text : '';
}

sub blank {
    my ($text) = @_;
    return $text =~ tr/\n//cdr;
}

# C text with comments blanked; strings too unless `strings` is kept, preprocessor lines only with `directives`
# dropped. Lines keep their numbers.
sub code {
    my ($text, %how) = @_;
    $text =~ s{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')}
              { defined $1 ? blank($1) : $how{strings} ? $2 : substr($2, 0, 1) . substr($2, 0, 1) }gse;
    $text =~ s{^[ \t]*#(?:[^\n]*\\\n)*[^\n]*}{blank($&)}gme if $how{directives};
    return $text;
}

# Splits at file scope: a list of { kind => 'function' or 'declaration', text, first, last } with line numbers.
# The text of a function includes its body, that of a declaration its braces.
sub items {
    my ($text) = @_;
    my ($depth, $line, $start, $from, $body, @items) = (0, 1, undef, 0, 0);
    while ($text =~ /([{};\n])|([^\s{};])/g) {
        my ($mark, $at) = ($1, pos($text) - 1);
        ($start, $from) = ($line, $at) if !defined $start && (defined $2 || $mark =~ /[{};]/);
        next if !defined $mark;
        if ($mark eq "\n") { $line++; next }
        if ($mark eq '{') { $body = 1 if $depth++ == 0 && substr($text, $from, $at - $from) =~ /\)\s*$/; next }
        $depth-- if $mark eq '}';
        next if $depth > 0 || ($mark eq '}' && !$body);
        push @items, { kind => $body ? 'function' : 'declaration', first => $start, last => $line,
                       text => substr($text, $from, $at - $from + 1) };
        ($start, $body) = (undef, 0);
    }
    return @items;
}

# A declaration without attributes, members, enumerators and initialisers.
sub without_braces {
    my ($text) = @_;
    $text =~ s/__attribute__\s*\(\(.*?\)\)//gs;
    1 while $text =~ s/\{[^{}]*\}//;
    return $text =~ s/=.*|;\s*$//sr;
}

# The name of the function that a declaration declares, or undef if it declares something else.
sub declared_function {
    my $text = without_braces($_[0]);
    return undef if $text =~ /^\s*(typedef|static_assert|_Static_assert)\b/;
    return $text =~ /^[^(]*?\b(\w+)\s*\((?!\s*\*)/ ? $1 : undef;
}

# Prints what was found, a line each, and ends the rule: 0 where nothing was.
sub report {
    my ($rule, @found) = @_;
    print "$rule: $_\n" for @found;
    exit(@found ? 1 : 0);
}

1;
