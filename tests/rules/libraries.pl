# Rule: each library is known to one file.
#
#   perl libraries.pl TREE
#
# A file knows a library if it includes its header, or a header of ours that does, and so on. That makes it
# impossible for a public header to show a library: whoever includes it would know it too. A header that is
# neither the C library's, the kernel's nor listed here belongs to no library of the design.
use strict;
use warnings;
use Tree;

# Library => [ its headers, the files that may know it, at most so many .c files (0: any) ].
my %LIBRARIES = (
    libcurl       => [qr{^curl/},             qr{^ringmgr/fetch/curl\w*\.[ch]$},            0],
    libarchive    => [qr{^archive},           qr{^ringmgr/c2r/cab(_library\.h|\.c)$},                     1],
    libxml2       => [qr{^libxml/},           qr{^ringmgr/base/xml(_library\.h|\.c)$},                    1],
    jansson       => [qr{^jansson},           qr{^ringmgr/base/json\.c$},                   1],
    SQLite        => [qr{^sqlite3},           qr{^ringmgr/state/db\w*\.[ch]$},              0],
    inih          => [qr{^(inih/)?ini\.h$},   qr{^ringmgr/app/settings\w*\.c$},             1],
    libmicrohttpd => [qr{^microhttpd},        qr{^ringmgr/app/web\w*\.[ch]$},               0],
    libinotifytools => [qr{^inotifytools/},   qr{^shares/watch\w*\.[ch]$},                  0],
    'the dynamic linker' => [qr{^dlfcn\.h$}, qr{^ringmgr/base/library\.c$}, 1],
    # Three uses that share nothing: digests, Microsoft's signatures, and those of ring manifests.
    OpenSSL => [qr{^openssl/}, qr{^ringmgr/(base/(digest|ed25519)\.c|c2r/authenticode\w*\.[ch])$}, 0],
);

# The C library and the kernel.
my $SYSTEM = qr{^(?:(?:sys|linux|arpa|net|netinet)/[\w/]+\.h
    |(?:assert|ctype|dirent|endian|errno|fcntl|fnmatch|ftw|getopt|glob|grp|inttypes|langinfo|libgen|limits|locale|malloc
       |math|poll|pthread|pwd|regex|sched|semaphore|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint
       |stdio|stdlib|stdnoreturn|string|strings|syslog|termios|threads|time|unistd|utime|wchar|wctype)\.h)$}x;

my ($tree) = @ARGV;
my (@found, %ours, %system);

for my $file (room_files($tree)) {
    my $line = 0;
    for (split /\n/, code(slurp("$tree/$file"), strings => 1)) {
        $line++;
        push @{ $ours{$file} }, $1 if /^\s*#\s*include\s*"([^"]*)"/;
        push @{ $system{$file} }, [$1, $line] if /^\s*#\s*include\s*<([^>]*)>/;
    }
}

sub library_of {
    my ($header) = @_;
    return (grep { $header =~ $LIBRARIES{$_}[0] } sort keys %LIBRARIES)[0];
}

# library => "how it comes": its header, or the chain of ours that leads to it.
sub known_to {
    my ($file, $seen) = @_;
    return () if $seen->{$file}++;
    my %known;
    for my $header (map { $_->[0] } @{ $system{$file} || [] }) {
        my $library = library_of($header);
        $known{$library} = "<$header>" if defined $library;
    }
    for my $header (@{ $ours{$file} || [] }) {
        my %through = known_to($header, $seen);
        $known{$_} ||= "\"$header\" -> $through{$_}" for keys %through;
    }
    return %known;
}

my %knowing;
for my $file (room_files($tree)) {
    for my $use (@{ $system{$file} || [] }) {
        push @found, "$file:$use->[1]: <$use->[0]> is of no library of the design"
            if $use->[0] !~ $SYSTEM && !defined library_of($use->[0]);
    }
    my %known = known_to($file, {});
    for my $library (sort keys %known) {
        $knowing{$library}{$file} = 1;
        push @found, "$file: may not know $library ($known{$library})" if $file !~ $LIBRARIES{$library}[1];
    }
}
for my $library (sort keys %knowing) {
    my @sources = grep { /\.c$/ } sort keys %{ $knowing{$library} };
    push @found, "$library is known to more than one file: @sources"
        if $LIBRARIES{$library}[2] && @sources > $LIBRARIES{$library}[2];
}
report('libraries', @found);
