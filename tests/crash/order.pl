#!/usr/bin/perl
# order.pl: does a trace of system calls keep the order that publication promises?
#
#   order.pl [--after TRACE] [--mutations] --store DIR --state DIR --share DIR… [--head FILE] TRACE
#
# TRACE is what order.bash's `traced` has strace write: every call that changes something, each descriptor with its
# path. This program shares nothing with ringmgr: it knows the protocol of the design ("Publication, step by step")
# and what POSIX promises, which is little: bytes are on the disk after an fsync of their file, names after an fsync of
# their folder, and until then any part of them may be lost, in any order. Each call is held against that:
#
#   object     a file gets a lasting name only when its bytes, size and mode are on the disk (store, share, pointer)
#   touched    what has a lasting name in a share, and what is an object, is never written to
#   intent     a share is touched only when the books are on the disk, and a staging folder is made only after the
#              intent with its id
#   staged     a staging folder becomes the build's, or gives it files, only when its names are on the disk
#   descriptor v??_<build>.cab gets its name when the build's folder is on the disk
#   pointer    v??.cab gets its name when everything else below the share is; v32.cab before v64.cab
#   books      the books are written when all names and bytes that were added to shares and store are on the disk
#   closed     the books say with which staging folder's id they are done, after the last change
#   trash      a build's folder is renamed before a file in it goes, its descriptor has gone before, and that is
#              on the disk; an object goes only when books that no longer name it are
#   log        a transaction is on the disk before the next; the log is cut only when the database is on the disk
#   head       the line in the history's head file is written after the books and is on the disk in the end
#   end        nothing is left in memory
#
# Each violation is a line; exit 1 if there are any. --after: the command before this one was killed, this is its trace,
# and what it has left in memory is on no disk yet.
#
# --mutations tests the test: of this trace, which must be right, each fsync is left out once, and each step of the
# protocol changes place with the next. Each such trace must be found wrong, or there must be a reason why that fsync
# is not needed here. Prints how many there were of each kind; exit 1 if one was neither.
use strict;
use warnings;
use Getopt::Long;

my ($after, $mutations, $store, $state, $head, @shares);
GetOptions('after=s' => \$after, 'mutations' => \$mutations, 'store=s' => \$store, 'state=s' => \$state,
    'head=s' => \$head, 'share=s' => \@shares)
    && $store && $state && @shares && @ARGV == 1
    or die "usage: order.pl [--after TRACE] [--mutations] --store DIR --state DIR --share DIR... [--head FILE] TRACE\n";
$head //= '';
my ($objects, $incoming, $log, $database) =
    ("$store/objects", "$store/incoming", "$state/ringmgr.db-wal", "$state/ringmgr.db");

# ---- the trace ----

# "7</a/b>" and "name" are the path /a/b/name; a name that begins with / stands alone.
sub join_path {
    my ($folder, $name) = @_;
    return $name if $name =~ m{^/};
    my ($base) = $folder =~ /<(.*?)>(?:\(deleted\))?$/ or die "order: no path in $folder\n";
    return $name eq '' ? $base : "$base/$name";
}

# What a finished call changes, as [operation, path, from]; nothing if it changes nothing.
sub change_of {
    my ($call, $arguments) = @_;
    my $text = qr/"((?:[^"\\]|\\.)*)"/;
    my $fd = qr/(?:AT_FDCWD|\d+)<[^>]*>(?:\(deleted\))?/;
    if ($call =~ /^(?:fsync|fdatasync)$/) { return ['sync', join_path($arguments, '')] }
    if ($call =~ /^openat2?$/) {
        my ($folder, $name, $exclusive) = $arguments =~ /^($fd), $text, .*O_CREAT(\|O_EXCL)?/ or return;
        return [$exclusive ? "create" : "open", join_path($folder, $name)];
    }
    if ($call =~ /^p?writev?(?:64)?$/) {
        return $arguments =~ /^($fd), (.*)$/s && ['write', join_path($1, ''), $2];
    }
    if ($call =~ /^(?:ftruncate|fchmod|fchown|fallocate|copy_file_range|utimensat)$/) {
        my ($fds) = $call eq 'copy_file_range' ? $arguments =~ /^$fd, \S+, ($fd)/ : $arguments =~ /^($fd), (?!")/;
        return $fds && [$call eq 'ftruncate' ? 'cut' : 'write', join_path($fds, ''), ''];
    }
    if ($call =~ /^(?:linkat|renameat2?)$/) {
        $arguments =~ /^($fd), $text, ($fd), $text/ or die "order: cannot read $call($arguments)\n";
        return [$call eq 'linkat' ? 'link' : 'rename', join_path($3, $4), join_path($1, $2)];
    }
    if ($call =~ /^(?:unlinkat|mkdirat|fchmodat)$/) {
        $arguments =~ /^($fd), $text/ or die "order: cannot read $call($arguments)\n";
        return [{unlinkat => 'unlink', mkdirat => 'mkdir', fchmodat => 'write'}->{$call}, join_path($1, $2), ''];
    }
    if ($call =~ /^(?:unlink|mkdir|rmdir)$/) {
        return $arguments =~ /^$text/ && [$call eq 'mkdir' ? 'mkdir' : 'unlink', $1];
    }
    die "order: $call is unknown\n";
}

# Events in the order in which they may have happened: a change when it begins, an fsync when it has ended. What a
# change does is done when the call returns ({done}), so an fsync that began before that proves nothing of it.
sub read_trace {
    my ($file, $lines) = @_;
    my (%pending, @events);
    open my $in, '<', $file or die "order: $file: $!\n";
    while (my $line = <$in>) {
        my ($pid, $began) = ($line =~ /^(\d+)/, ++$lines);
        if ($line =~ /^\d+\s+(.*) <unfinished \.\.\.>$/) {
            $pending{$pid} = [$lines, $1];
            next;
        }
        ($began, $line) = ($pending{$pid}[0], "$pid $pending{$pid}[1]$1") if $line =~ /<\.\.\. \w+ resumed>(.*)$/s;
        next unless $line =~ /^\d+\s+(\w+)\((.*)\)\s+= (-?\d+)/s && $3 >= 0;
        my $change = change_of($1, $2) or next;
        my ($op, $path, $from) = @$change;
        next if $path =~ m{^(?:pipe:|socket:|/dev/(?!shm)|/proc/)} || $path =~ m{^\Q$state\E/lock(/|$)} || $path =~ /-shm$/;
        push @events, {line => $lines, at => $op eq 'sync' ? $lines : $began, began => $began, done => $lines, op => $op,
            path => $path, from => $from // ''};
    }
    return merge_log(sort { $a->{at} <=> $b->{at} } @events);
}

# Whether the size of the database follows the page number in a frame's header: then its page ends the transaction.
sub ends_transaction {
    my ($header) = $_[0] =~ /^"(.*)"/ or return;
    $header =~ s/\\([0-7]{1,3}|.)/my $c = $1; $c =~ m{^[0-7]} ? chr oct $c : {n => "\n", r => "\r", t => "\t", v => "\x0b", f => "\f"}->{$c} \/\/ $c/ge;
    return substr($header, 4, 4) ne "\0\0\0\0";
}

# The frames of one transaction are one event, for other threads may do something between them. {half}: its last frame
# is missing, so that SQLite does not believe it.
sub merge_log {
    my ($transaction, $ends, @merged);
    for my $event (@_) {
        if ($event->{path} eq $log && $event->{op} eq 'write') {
            my $header = $event->{from} =~ /, 24, \d+$/;
            $event->{half} = $header || !$ends;
            $ends = ends_transaction($event->{from}) if $header;
            $transaction->{half} = $event->{half} if $transaction;
        }
        if ($event->{path} ne $log || $event->{op} ne 'write' || !$transaction) {
            $transaction = $event->{op} eq 'write' ? $event : undef if $event->{path} eq $log;
            push @merged, $event;
        } else {
            $transaction->{from} .= $event->{from};
            $transaction->{done} = $event->{done};
        }
    }
    return @merged;
}

# ---- what may be lost at any instant ----

# bytes{file} and names{folder}{name} = the line since which they are in memory only; "left" counts as a name, too.
my (%bytes, %names, @wrong, $event);

# Publications that are not closed: id -> folder; what of the log is in memory and on the disk; files that have left
# a staging folder, or that this run has written or synced; the last pointer that a publication has flipped on a share;
# folders whose descriptor is there, or that became trash; whether the last transaction has no end, or was
# written by the killed command.
my (%open, $bytes_of_log, $synced, $commits, %moved, %made, %safe, %flipped, %described, %trashed,
    $half_written, $left_written, $killed);

sub folder_of { return $_[0] =~ m{^(.*)/[^/]*$} ? $1 : die "order: $_[0] has no folder\n" }
sub name_of   { return substr $_[0], 1 + rindex $_[0], "/" }
sub below     { my ($path, $top) = @_; return $path eq $top || index($path, "$top/") == 0 }
sub share_of  { my ($path) = @_; return (grep { below($path, $_) } @shares)[0] }
sub is_temporary { return $_[0] =~ m{/\.ringmgr-} || below($_[0], $incoming) }
sub wrong        { push @wrong, "line $event->{line}: $_[0]" }

# Lasting names of a folder and of those below it that are not on the disk.
sub names_in_memory {
    my ($top, $deep) = @_;
    my @found;
    for my $folder (grep { $_ eq $top || ($deep && below($_, $top)) } keys %names) {
        push @found, grep { !is_temporary($_) } map { "$folder/$_" } keys %{$names{$folder}};
    }
    return sort @found;
}

sub bytes_in_memory {
    my ($top) = @_;
    return sort grep { below($_, $top) && !is_temporary($_) } keys %bytes;
}

sub add_name {
    my ($path) = @_;
    $names{folder_of($path)}{name_of($path)} = $event->{done};
    $made{$path} = 1;
}

sub sync_done {
    my ($path) = @_;
    for my $set ($names{$path}) {
        delete @$set{grep { $set->{$_} <= $event->{began} } keys %$set} if $set;
    }
    delete $bytes{$path} if ($bytes{$path} // 0) <= $event->{began};
    $safe{$path} = 1;
}

# A folder takes what is in it along.
sub move {
    my ($from, $to) = @_;
    for my $set (\%bytes, \%names) {
        for my $path (grep { below($_, $from) } keys %$set) {
            $set->{$to . substr $path, length $from} = delete $set->{$path};
        }
    }
}

# ---- the rules ----

# A lasting name for something: $path is the new one, $from what it was or is a link to.
sub check_name {
    my ($path, $from) = @_;
    return if is_temporary($path);
    wrong("object: $path gets its name, and its bytes are not on the disk") if $bytes{$from};
    wrong("object: $path gets its name, and nothing has put its bytes on the disk")
        if below($path, $objects) && below($from, $incoming) && !$safe{$from};
    wrong("object: $path gets its name, and nothing has made it") if $from =~ m{/\.ringmgr-[^/]*$} && !$made{$from};
    my $share = share_of($path) or return;
    my ($data, $name) = ("$share/Office/Data", name_of($path));
    if ($from =~ m{/\.ringmgr-[^/]*$} && $names{$from} && %{$names{$from}}) {
        wrong("staged: $from becomes $name, and its names are not on the disk");
    }
    if ($from =~ m{^(.*/\.ringmgr-[0-9a-f]{32})/} && $names{$1}) {
        my ($staging, $count) = ($1, scalar grep { !$moved{"$1/$_"} } keys %{$names{$1}});
        wrong("staged: $staging gives $name, and its names are not on the disk") if $count;
        $moved{$from} = 1;
    }
    if (my $pointer = $flipped{$share}) {
        wrong("pointer: $path gets its name after $pointer") unless $name =~ /^v\d\d\.cab$/;
    }
    return unless folder_of($path) eq $data;
    wrong("intent: $path gets its name, and no publication is open") unless grep { below($_, $share) } values %open;
    if ($name =~ /^v\d\d_(.*)\.cab$/) {
        $described{"$data/$1"} = 1;
        my @lost = grep { !m{/v\d\d_[^/]*$} } names_in_memory($data), names_in_memory("$data/$1", 1);
        wrong("descriptor: $path gets its name, and @lost is not on the disk") if @lost;
    } elsif ($name =~ /^v(\d\d)\.cab$/) {
        my @lost = (names_in_memory($share, 1), bytes_in_memory($share));
        wrong("pointer: $path gets its name, and @lost is not on the disk") if @lost;
        wrong("pointer: v32.cab is flipped after v64.cab") if $1 eq '32' && ($flipped{$share} // '') =~ /64/;
        $flipped{$share} = $name;
    } elsif ($described{$path}) {
        wrong("descriptor: $path gets its name after its descriptor");
    }
}

# The database and its log have names of their own.
sub lost_books { return grep { m{/ringmgr\.db(-wal)?$} } names_in_memory($state) }

# Anything that changes a share.
sub check_touch {
    my ($path, $op) = @_;
    my $share = share_of($path);
    if ($share && $path =~ m{/Office}) {
        wrong("intent: $path is touched, and the books are not on the disk") if exists $bytes{$log} || lost_books();
        wrong("intent: $path is touched, and nothing was written into the books") unless $commits;
    }
    if ($share && $op eq 'mkdir' && $path =~ m{/\.ringmgr-([0-9a-f]{32})$}) {
        wrong("intent: $path is made, and the books do not have this id") if index($synced, $1) < 0;
        wrong("closed: $path is made, and the last publication is not closed") if grep { $_ ne $1 } keys %open;
        my @lost = names_in_memory($objects, 1);
        wrong("books: $path is made, and @lost is not on the disk") if @lost;
        $open{$1} = $path;
        delete $flipped{$share};
    }
    if ($op =~ /^(?:write|cut|create)$/ && !is_temporary($path) && ($share || below($path, $objects))) {
        wrong("touched: $path is written to under its lasting name");
    }
}

sub check_removal {
    my ($path) = @_;
    my $share = share_of($path);
    if ($share && $path =~ m{/Office/Data/16[^/]*/}) {
        wrong("trash: $path goes, and its folder has its name yet");
    } elsif ($share && $path =~ m{^(.*)/\.ringmgr-trash-[^/]*/}) {
        my @lost = names_in_memory($1);
        wrong("trash: $path goes, and @lost is not on the disk") if @lost;
    } elsif ($share && $path =~ m{^(.*)/v\d\d_([^/]*)\.cab$}) {
        wrong("trash: $path goes after its folder") if $trashed{"$1/$2"};
    } elsif (below($path, $objects)) {
        wrong("trash: object $path goes, and the books are not on the disk") if exists $bytes{$log} || !$commits;
    }
}

sub check_trashing {
    my ($from) = @_;
    my @lost = names_in_memory(folder_of($from));
    wrong("trash: $from is renamed, and @lost is not on the disk") if @lost;
    $trashed{$from} = 1;
}

sub check_books {
    my ($frames) = @_;
    return if $killed && !grep { index($frames, $_) >= 0 } keys %open; # it says nothing of what that one has left
    my @lost = grep { !/\(gone\)$/ } map { names_in_memory($_, 1), bytes_in_memory($_) } @shares, $objects;
    push @lost, map { "$incoming/$_" } grep { /\(gone\)$/ } keys %{$names{$incoming} // {}};
    wrong("books: they are written, and @lost is not on the disk") if @lost;
    wrong("head: the books are written, and the head of the last entry is not on the disk") if $bytes{$head};
}

# ---- one event after the other ----

my %do = (
    sync => sub {
        my ($path) = @_;
        ($commits, $synced) = ($commits + 1, $synced . $bytes_of_log) if $path eq $log && exists $bytes{$log};
        sync_done($path);
    },
    start => sub {
        delete $bytes{$log} if $half_written;
        $left_written = exists $bytes{$log};
        $killed = 1;
    },
    write => sub {
        my ($path, $frames) = @_;
        if ($path eq $log) {
            check_books($frames);
            wrong("log: a transaction is written, and the one before is not on the disk")
                if $bytes{$log} && !$left_written;
            $left_written = 0;
            $half_written = $event->{half};
            $bytes_of_log = (exists $bytes{$log} ? $bytes_of_log : '') . $frames;
            delete $open{$_} for grep { index($frames, $_) >= 0 } keys %open;
        } elsif ($path eq $head) {
            wrong("head: the history's head is written, and the books are not on the disk") if exists $bytes{$log};
        }
        check_touch($path, 'write');
        $bytes{$path} = $event->{done};
    },
    cut => sub {
        my ($path) = @_;
        wrong("log: it is cut, and the database is not on the disk") if $path eq $log && $bytes{$database};
        return delete $bytes{$path} if $path eq $log;
        check_touch($path, 'cut');
        $bytes{$path} = $event->{done};
    },
    create => sub { check_touch($_[0], 'create'); add_name($_[0]); $bytes{$_[0]} = $event->{done} },
    open   => sub { add_name($_[0]) if $_[0] eq $log && !$commits },
    mkdir  => sub { check_touch($_[0], 'mkdir'); add_name($_[0]) },
    link   => sub {
        my ($path, $from) = @_;
        check_touch($path, 'link');
        check_name($path, $from);
        add_name($path);
    },
    rename => sub {
        my ($path, $from) = @_;
        check_touch($path, 'rename');
        check_trashing($from) if $path =~ m{/\.ringmgr-trash-} && share_of($path);
        check_name($path, $from);
        move($from, $path);
        add_name($path);
        if   ($path =~ m{/\.ringmgr-trash-}) { add_name($from) }
        else                                 { delete $names{folder_of($from)}{name_of($from)} }
        $names{$incoming}{name_of($from) . ' (gone)'} = $event->{done}
            if below($from, $incoming) && !below($path, $incoming);
    },
    unlink => sub {
        my ($path) = @_;
        check_touch($path, 'unlink');
        check_removal($path);
        delete $bytes{$path};
        delete $names{$path};
        delete $names{folder_of($path)}{name_of($path)};
        add_name($path) if share_of($path) && !is_temporary($path);
    },
);

sub start {
    (%bytes, %names, %open, %moved, %made, %safe, %flipped, %described, %trashed, @wrong) = ();
    ($commits, $bytes_of_log, $synced, $half_written, $left_written, $killed) = (0, '', '', 0, 0, 0);
}

sub check_end {
    $event = {line => 'end'};
    for my $path (@shares, $objects) {
        my @lost = (names_in_memory($path, 1), bytes_in_memory($path));
        wrong("end: @lost is not on the disk") if @lost;
    }
    wrong("end: the books are not on the disk") if exists $bytes{$log} || $bytes{$database} || ($commits && lost_books());
    wrong("end: the history's head is not on the disk") if $bytes{$head};
    wrong("closed: the books do not say that $_ is done") for values %open;
}

# What is wrong with these events.
sub judge {
    start();
    for (@_) {
        $event = $_;
        $do{$event->{op}}->($event->{path}, $event->{from});
    }
    check_end();
    return @wrong;
}

# ---- mutations ----

# Why this fsync may be left out: what the whole trace says of it, or nothing.
sub reason {
    my ($index, @events) = @_;
    my $sync = $events[$index];
    judge(@events[0 .. $index - 1]);
    my @names = map { "$sync->{path}/$_" } keys %{$names{$sync->{path}} // {}};
    return 'nothing has changed that a run before it did not leave' unless @names || exists $bytes{$sync->{path}};
    return 'temporary names only' if !exists $bytes{$sync->{path}} && !grep { !is_temporary($_) || / \(gone\)$/ } @names;
    return "SQLite's own, before there is a log" if $sync->{path} =~ /-journal$/ || !grep { $_->{path} eq $log } @events[0 .. $index];
    for my $later (@events[$index + 1 .. $#events]) {
        return 'another follows before anything depends on it' if $later->{op} eq 'sync' && $later->{path} eq $sync->{path};
    }
    return;
}

# The step of the protocol that an event is, if it is one.
sub step {
    my ($one) = @_;
    my ($op, $path) = @$one{qw(op path)};
    return 'books' if $op eq 'sync' && $path eq $log;
    return 'object' if $op eq 'rename' && below($path, $objects);
    my $share = share_of($path) or return;
    my $name = $path =~ m{/Office/Data/([^/]*)$} ? $1 : '';
    return 'staging' if $op eq 'mkdir' && $name =~ /^\.ringmgr-/;
    return unless $op =~ /^(?:rename|unlink)$/;
    return "trash" if $name =~ /^\.ringmgr-trash/ && $op eq 'rename';
    return 'removal' if $op eq 'unlink' && $path =~ m{/\.ringmgr-trash-[^/]*/};
    return "$op of $1" if $name =~ /^(v\d\d)(?:_.*)?\.cab$/ && $name !~ /_/;
    return "$op of descriptor" if $name =~ /^v\d\d_/;
    return 'folder' if $op eq 'rename' && $name =~ /^16/;
    return;
}

# Pairs of steps that follow one another; that neighbours of one kind, and two commits, change place means nothing.
sub pairs {
    my @events = @_;
    my ($before, @found);
    for my $at (0 .. $#events) {
        my $step = step($events[$at]) or next;
        push @found, [$before, $at, step($events[$before]) . " and $step"]
            if defined $before && step($events[$before]) ne $step;
        $before = $at;
    }
    return @found;
}

sub mutate {
    my @events = @_;
    my ($found, %needless, @unnoticed, $swapped) = (0);
    for my $at (grep { $events[$_]{op} eq 'sync' } 0 .. $#events) {
        my @left = @events;
        splice @left, $at, 1;
        if (judge(@left)) { $found++; next }
        my $why = reason($at, @events);
        if ($why) { $needless{$why}++ }
        else      { push @unnoticed, "without the fsync at line $events[$at]{line}, $events[$at]{path}" }
    }
    for (pairs(@events)) {
        my ($one, $other, $what) = @$_;
        my @left = @events;
        @left[$one, $other] = @left[$other, $one];
        $swapped++;
        push @unnoticed, "$what at lines $events[$one]{line} and $events[$other]{line} exchanged" unless judge(@left);
    }
    printf "needed %d\nswapped %d\n", $found, $swapped // 0;
    print "needless $needless{$_}: $_\n" for sort keys %needless;
    print "unnoticed: $_\n" for @unnoticed;
    return !@unnoticed;
}

my @events = $after ? read_trace($after, 0) : ();
my @more = read_trace($ARGV[0], @events ? $events[-1]{done} : 0);
@more or die "order: nothing changes anything in $ARGV[0]\n";
push @events, {line => 'start', op => 'start', path => ''}, @more;
my @found = judge(@events);
print "$_\n" for @found;
exit 1 if @found;
exit(mutate(@events) ? 0 : 1) if $mutations;
